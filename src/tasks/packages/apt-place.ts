import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";

/** Asks by a script what is of no use without apt. @throws ModuleFailure on a machine without apt */
export async function askApt(
  name: string,
  text: string,
  args: readonly string[],
  context: ModuleContext,
): Promise<string> {
  const query = script(name, `[ -d /etc/apt ] || exit 127\n${text}`, args, { readOnly: true });
  const { code, stdout } = await context.ask(query);
  if (code === 127) throw new ModuleFailure("there is no apt on this machine (no /etc/apt)");
  return stdout;
}
