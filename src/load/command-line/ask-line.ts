import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { InterruptedError } from "../../errors.js";

/** Where a person sits. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: { write(text: string): unknown };
  readonly signal: AbortSignal;
}

/** Asks a question on a terminal. @param isShown whether what is typed can be seen @returns undefined: nothing is typed any more */
export async function askLine(
  question: string,
  { input, output, signal }: Terminal,
  isShown: boolean,
): Promise<string | undefined> {
  if (signal.aborted) throw new InterruptedError("interrupted");
  output.write(question);
  const echo = new Writable({
    write: (chunk, _encoding, done) => {
      if (isShown) output.write(String(chunk));
      done();
    },
  });
  const reader = createInterface({ input, output: echo, terminal: true, historySize: 0 });
  const interrupted = () => new InterruptedError("interrupted");
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      reader.once("line", resolve);
      reader.once("SIGINT", () => reject(interrupted()));
      reader.once("close", () => resolve(undefined));
      signal.addEventListener("abort", () => reject(interrupted()), { once: true });
    });
  } finally {
    reader.close();
    if (!isShown) output.write("\n");
  }
}
