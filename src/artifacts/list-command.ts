import type { Command } from "../transport/shell.js";

/** A file of a guest's that is wanted; `size` is what the guest says, in bytes. */
export interface GuestFile {
  readonly path: string;
  readonly size: number;
}

export interface Listing {
  readonly files: readonly GuestFile[];
  /** Links and other things that are no files; they are not followed or read. */
  readonly passedOver: readonly string[];
  /** Patterns that match nothing. */
  readonly unmatched: readonly string[];
  /** There were more than are listed. */
  readonly cut: boolean;
}

/** Without IFS a pattern is expanded and never split. Records end with NUL, since names hold anything else. */
const LIST = `export LC_ALL=C

each='for path; do
  if [ ! -L "$path" ] && [ -f "$path" ]; then printf "file %s %s\\0" "$(stat -c %s -- "$path")" "$path"; else printf "other %s\\0" "$path"; fi
done'
IFS=
for pattern; do
  case $pattern in "~/"*) pattern=$HOME/\${pattern#"~/"} ;; /*) ;; *) pattern=./$pattern ;; esac
  found=
  for path in $pattern; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    found=1
    find "$path" ! -type d -exec sh -c "$each" sh {} + 2>/dev/null
  done
  [ "$found" ] || printf 'none %s\\0' "$pattern"
done`;

/** More files than this are not brought. */
export const MOST_FILES = 2_000;

/** Lists files, those below directories included, by paths and globs of the guest's shell. */
export const listFiles = (patterns: readonly string[]): Command => ({
  argv: ["sh", "-c", LIST, "artifacts", ...patterns],
  readOnly: true,
  timeoutMs: 60_000,
});

/** What it printed. What is no record is passed over: a guest may print anything. */
export function parseListing(stdout: string, most: number = MOST_FILES): Listing {
  const files = new Map<string, GuestFile>();
  const passedOver: string[] = [];
  const unmatched: string[] = [];
  for (const record of stdout.split("\0").slice(0, -1)) {
    const [, size, path] = /^file (\d{1,15}) (\/[\s\S]*|\.\/[\s\S]*)$/.exec(record) ?? [];
    if (path !== undefined) files.set(path, { path, size: Number(size) });
    else if (record.startsWith("other ")) passedOver.push(record.slice("other ".length));
    else if (record.startsWith("none ")) unmatched.push(record.slice("none ".length));
  }
  return { files: [...files.values()].slice(0, most), passedOver, unmatched, cut: files.size > most };
}

/** Prints a file as far as it was long when it was listed. */
export const readFileOf = ({ path, size }: GuestFile): Command => ({
  argv: ["head", "-c", String(size), "--", path],
  readOnly: true,
  timeoutMs: 120_000,
});
