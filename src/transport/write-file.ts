import { randomBytes } from "node:crypto";
import { contentBytes } from "./content.js";
import { quotePath } from "./script.js";
import type { Command, CommandResult, Content } from "./shell.js";

/**
 * The command that takes a file's content on stdin and puts it in place: written beside it, counted, synced,
 * renamed. Nothing of a failed or broken transfer is ever seen under the file's name.
 */
export function writeFileCommand(
  path: string,
  content: Content,
  mode = 0o600,
  unique = randomName(),
): Command {
  const size = contentBytes(content);
  const script = [
    `to=${quotePath(path)}`,
    `part=$to.${unique}.part`,
    'if [ -d "$to" ]; then echo "it is a directory" >&2; exit 1; fi',
    "umask 077",
    `trap 'rm -f -- "$part"' EXIT`,
    "trap 'exit 143' TERM",
    '[ -e "$part" ] || cat >"$part" || exit',
    'size=$(wc -c <"$part")',
    `if [ "$size" -ne ${size} ]; then echo "only $size of ${size} bytes arrived" >&2; exit 1; fi`,
    `chmod ${mode.toString(8)} "$part" || exit`,
    '{ sync "$part" || sync; } 2>/dev/null',
    'mv -f -- "$part" "$to"',
  ].join("\n");
  return { argv: ["sh", "-c", script], stdin: content, stdinFile: `${path}.${unique}.part` };
}

/** Why a file was not written, in the last words of the shell; undefined when it was. */
export function writeFileFailure(result: CommandResult): string | undefined {
  if (result.code === 0) return undefined;
  const last = result.stderr.trim().split("\n").at(-1) ?? "";
  return last.replace(/^sh: (line )?\d+: /, "") || `exit status ${result.code}`;
}

const randomName = (): string => randomBytes(6).toString("hex");
