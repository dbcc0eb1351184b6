import type { Command } from "../../transport/shell.js";
import { ImageMeta, IndexEntry, readJson } from "./store-layout.js";

export interface LookupQuestion {
  readonly images: string;
  readonly key: string;
  /** The digest when it is known; else the one that the index names. */
  readonly sha256?: string | undefined;
  /** The path of a source that is a file. */
  readonly file?: string | undefined;
}

/** What the store has for one source, as it is on the disk now. */
export interface Lookup {
  readonly index: IndexEntry | undefined;
  /** The image of that digest, complete. */
  readonly stored: ImageMeta | undefined;
  /** Identity of the source file; undefined when it is not there or not readable. */
  readonly fileKey: string | undefined;
}

/** The arguments are images, key, sha256, file. Used alone, and after the lock was obtained. */
export const LOOKUP_SCRIPT = `
index=$1/index/$2.json sha=$3
if [ -f "$index" ]; then
  printf 'index %s\\n' "$(cat "$index")"
  [ -n "$sha" ] || sha=$(sed -n 's/.*"sha256":"\\([0-9a-f]\\{64\\}\\)".*/\\1/p' "$index" | head -n 1)
fi
for image in "$1/sha256-$sha".qcow2 "$1/sha256-$sha".raw; do
  [ -n "$sha" ] && [ -f "$image" ] && [ -f "$1/index/sha256-$sha.json" ] &&
    printf 'stored %s %s\\n' "$(stat -c %s -- "$image")" "$(cat "$1/index/sha256-$sha.json")"
done
[ -n "$4" ] && [ -r "$4" ] && [ -f "$4" ] && printf 'file %s\\n' "$(stat -L -c '%s %.9Y %i' -- "$4")"
`;

export const lookupArguments = ({ images, key, sha256 = "", file = "" }: LookupQuestion) =>
  [images, key, sha256, file] as const;

export const lookupCommand = (question: LookupQuestion): Command => ({
  argv: ["sh", "-c", `${LOOKUP_SCRIPT}exit 0`, "farm-lookup", ...lookupArguments(question)],
  readOnly: true,
  timeoutMs: 60_000,
});

/** A file whose size is not the recorded one counts as not there. */
export function parseLookup(stdout: string): Lookup {
  const lines = stdout.split("\n");
  const value = (key: string): string =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? "";
  const [, size, json = ""] = /^(\d+) (.*)$/.exec(value("stored")) ?? [];
  const meta = readJson(ImageMeta, json);
  return {
    index: readJson(IndexEntry, value("index")),
    stored: meta && meta.sizeBytes === Number(size) ? meta : undefined,
    fileKey: value("file") || undefined,
  };
}
