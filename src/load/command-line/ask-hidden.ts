import { ConfigError } from "../../errors.js";
import { askLine, type Terminal } from "./ask-line.js";

/** Asks for a vault password on the terminal and does not show what is typed. @throws ConfigError when nobody can be asked */
export async function askHidden(question: string, terminal: Terminal): Promise<string> {
  if (terminal.input.isTTY !== true)
    throw new ConfigError("cannot ask for the vault password: standard input is no terminal", {
      hint: "give it by --vault-password-file, --vault-id or ANSIBLE_VAULT_PASSWORD_FILE",
    });
  const typed = await askLine(question, terminal, false);
  if (typed === undefined) throw new ConfigError("no vault password was typed");
  return typed;
}
