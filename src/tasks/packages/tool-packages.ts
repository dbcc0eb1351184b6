import type { Command } from "../../transport/shell.js";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import { lastLine } from "../remote/status.js";

/** What a language's own package manager is asked and told. */
export interface ToolPackages {
  readonly tool: string;
  readonly ask: Command;
  /** Whether something is to be done, by the answer. */
  readonly isUnsettled: (code: number, stdout: string) => boolean;
  readonly act: Command;
}

/** One question, and one act when it is needed. @throws ModuleFailure */
export async function settleToolPackages(
  wanted: ToolPackages,
  context: ModuleContext,
): Promise<ModuleResult> {
  const asked = await context.ask({ ...wanted.ask, readOnly: true });
  if (asked.code === 127 || asked.code === 126)
    throw new ModuleFailure(`there is no ${wanted.tool} on this machine: install it first`, {
      rc: asked.code,
    });
  if (!wanted.isUnsettled(asked.code, asked.stdout)) return { changed: false };
  const { code, stdout, stderr } = await context.act(wanted.act);
  if (code !== 0)
    throw new ModuleFailure(`${wanted.tool} failed: ${lastLine(stderr || stdout, code)}`, {
      rc: code,
      stdout,
      stderr,
    });
  return { changed: true, stdout, stderr };
}
