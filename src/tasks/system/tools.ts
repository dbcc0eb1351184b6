import type { CommandResult } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";

/** Shell text: a user's PATH may lack the places of the administrator's tools. `need TOOL` ends the script where there is none. */
export const TOOLS = `PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
need() { command -v "$1" >/dev/null 2>&1 || { echo "there is no $1 on this machine" >&2; exit 127; }; }`;

interface Change {
  /** For the message: what cannot be done when it fails. */
  readonly what: string;
  readonly stdin?: Buffer | string;
  /** What its stderr must not say even when it exits with 0. */
  readonly refusal?: RegExp;
}

/** Changes the machine by a script. @throws ModuleFailure with rc, stdout and stderr */
export async function change(
  context: ModuleContext,
  name: string,
  text: string,
  args: readonly string[],
  { what, stdin, refusal }: Change,
): Promise<CommandResult> {
  const result = await context.act(
    script(name, `${TOOLS}\n${text}`, args, stdin === undefined ? {} : { stdin }),
  );
  const { code, stdout, stderr } = result;
  if (code !== 0 || refusal?.test(stderr))
    throw new ModuleFailure(`cannot ${what}: ${lastLine(stderr || stdout, code)}`, {
      rc: code,
      stdout,
      stderr,
    });
  return result;
}
