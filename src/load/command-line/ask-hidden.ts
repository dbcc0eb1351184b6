import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { ConfigError, InterruptedError } from "../../errors.js";

/** Where a person sits. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: { write(text: string): unknown };
  readonly signal: AbortSignal;
}

/** Asks a question on the terminal and does not show what is typed. @throws ConfigError when nobody can be asked */
export async function askHidden(question: string, { input, output, signal }: Terminal): Promise<string> {
  if (input.isTTY !== true)
    throw new ConfigError("cannot ask for the vault password: standard input is no terminal", {
      hint: "give it by --vault-password-file, --vault-id or ANSIBLE_VAULT_PASSWORD_FILE",
    });
  if (signal.aborted) throw new InterruptedError("interrupted");
  output.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  try {
    return await new Promise<string>((resolve, reject) => {
      const interrupt = () => reject(new InterruptedError("interrupted"));
      reader.once("line", resolve);
      reader.once("SIGINT", interrupt);
      reader.once("close", () => reject(new ConfigError("no vault password was typed")));
      signal.addEventListener("abort", interrupt, { once: true });
    });
  } finally {
    reader.close();
    output.write("\n");
  }
}
