import { spawn } from "node:child_process";
import { extname } from "node:path";
import { ConfigError, InterruptedError } from "../../errors.js";
import { firstBytes } from "../files/read-text.js";

const LONGEST = 64 * 1024;
const HINT = "its first line names an interpreter, which must be there";

interface PasswordScript {
  readonly path: string;
  /** As messages show it. */
  readonly shown: string;
  /** The vault id, told to scripts whose name ends in `-client`, as Ansible does. */
  readonly label: string;
  readonly signal: AbortSignal;
}

/** What a script prints, without line ends; it may talk to the user by stderr and the terminal. @throws ConfigError that does not show its output */
export async function runPasswordScript(script: PasswordScript): Promise<string> {
  await refusePlainText(script);
  const { path, shown, label, signal } = script;
  const isClient = path.slice(0, path.length - extname(path).length).endsWith("-client");
  const child = spawn(path, isClient ? ["--vault-id", label] : [], {
    stdio: ["inherit", "pipe", "inherit"],
    signal,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
  const [output, code] = await Promise.all([textOf(child.stdout), ended]).catch((cause) => {
    if (signal.aborted) throw new InterruptedError("interrupted");
    throw new ConfigError(`cannot run the vault password script ${shown}: ${cause.code}`, {
      cause,
      hint: HINT,
    });
  });
  if (code !== 0)
    throw new ConfigError(`the vault password script ${shown} failed: ${exitText(code, isClient)}`);
  if (output.length > LONGEST) throw new ConfigError(`the vault password script ${shown} printed too much`);
  return output.replace(/^[\r\n]+|[\r\n]+$/g, "");
}

/** A shell would take each line of a plain password file for a command, and show it in its complaint. */
async function refusePlainText({ path, shown }: PasswordScript): Promise<void> {
  const beginning = (await firstBytes(path, 4)).toString("latin1");
  if (beginning.startsWith("#!") || beginning === "\x7fELF") return;
  throw new ConfigError(`the vault password file ${shown} is executable, but no script`, {
    hint: "a script begins with '#!'; a file that holds the password must not be executable (chmod a-x)",
  });
}

/** All of it is read, but only the beginning kept. */
async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (length <= LONGEST) chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
  }
  return Buffer.concat(chunks).toString();
}

/** Exit 2 is how a client script says that it does not know the vault id. */
function exitText(code: number | null, isClient: boolean): string {
  if (code === null) return "it was killed";
  return isClient && code === 2 ? "exit 2: it has no password for this vault id" : `exit ${code}`;
}
