import type { Command, CommandResult } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { lastLine } from "../remote/status.js";

/** Asks a language's own package manager. @throws ModuleFailure when it is not there */
export async function askTool(
  tool: string,
  command: Command,
  context: ModuleContext,
): Promise<CommandResult> {
  const asked = await context.ask({ ...command, readOnly: true });
  if (asked.code === 127 || asked.code === 126)
    throw new ModuleFailure(`there is no ${tool} on this machine: install it first`, { rc: asked.code });
  return asked;
}

/** Has it do something. @param why what its output says went wrong @throws ModuleFailure */
export async function actTool(
  tool: string,
  command: Command,
  context: ModuleContext,
  why: (stderr: string) => string | undefined,
): Promise<CommandResult> {
  const result = await context.act(command);
  const { code, stdout, stderr } = result;
  if (code !== 0)
    throw new ModuleFailure(`${tool} failed: ${why(stderr) ?? lastLine(stderr || stdout, code)}`, {
      rc: code,
      stdout,
      stderr,
    });
  return result;
}
