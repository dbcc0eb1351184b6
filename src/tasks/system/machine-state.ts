import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import type { RemoteFile } from "../remote/content.js";
import { script } from "../remote/script.js";
import { lastLine, parseStatus, STATUS_FUNCTION } from "../remote/status.js";
import { TOOLS } from "./tools.js";

/**
 * Shell functions for a script that tells all that a module must know: `say NAME` puts a name before each line of its input, `say_bytes NAME` keeps
 * every byte of it, `say_file NAME PATH` does so with a file and its status. `need TOOL` ends the script where there is none.
 */
const SAY = `${TOOLS}
export LC_ALL=C
say() { while IFS= read -r said || [ -n "$said" ]; do printf '%s %s\\n' "$1" "$said"; done; }
say_bytes() {
  if command -v base64 >/dev/null 2>&1; then printf '%s base64 ' "$1"; base64 | tr -d '\\n'
  else printf '%s hex ' "$1"; od -An -v -tx1 | tr -d ' \\n'; fi
  echo
}
follow=-L sum=
${STATUS_FUNCTION}
say_file() {
  printf '%s path %s\\n' "$1" "$2"
  [ -f "$2" ] || return 0
  farm_status "$2" | say "$1"
  say_bytes "$1" <"$2"
}`;

/** What such a script said; of names that it did not say there is nothing. */
export class MachineState {
  readonly #said = new Map<string, string[]>();

  constructor(stdout: string) {
    for (const line of stdout.split("\n")) {
      const [, name, text = ""] = /^(\w+) (.*)$/s.exec(line) ?? [];
      if (name !== undefined) this.#said.set(name, [...this.lines(name), text]);
    }
  }

  lines(name: string): readonly string[] {
    return this.#said.get(name) ?? [];
  }

  /** The first line. */
  text(name: string): string | undefined {
    return this.lines(name)[0];
  }

  bytes(name: string): Buffer | undefined {
    return decoded(this.lines(name).join("\n"));
  }

  /** The files told by the name; undefined ones are not there. */
  files(name: string): { readonly path: string; readonly file: RemoteFile | undefined }[] {
    const texts = `\n${this.lines(name).join("\n")}`.split(/\npath /).slice(1);
    return texts.map((text) => {
      const [path = ""] = text.split("\n", 1);
      return { path, file: remoteFile(text, path) };
    });
  }
}

function remoteFile(text: string, path: string): RemoteFile | undefined {
  const status = parseStatus(text, path);
  const content = decoded(text);
  return status && content && { status, content };
}

function decoded(text: string): Buffer | undefined {
  const [, encoding, digits] = /^(base64|hex) (\S*)$/m.exec(text) ?? [];
  return digits === undefined ? undefined : Buffer.from(digits, encoding === "hex" ? "hex" : "base64");
}

/** Runs such a script. @param what for the message: what cannot be done when it fails. @throws ModuleFailure */
export async function askState(
  context: ModuleContext,
  name: string,
  text: string,
  args: readonly string[],
  what: string,
): Promise<MachineState> {
  const command = script(name, `${SAY}\n${text}`, args);
  const { code, stdout, stderr } = await context.ask({ ...command, readOnly: true });
  if (code !== 0)
    throw new ModuleFailure(`cannot ${what}: ${lastLine(stderr, code)}`, { rc: code, stdout, stderr });
  return new MachineState(stdout);
}
