import type { Command } from "../../transport/shell.js";
import { parseHeaders, type ResponseHeaders } from "./response-headers.js";

/** What an earlier transfer into the same partial file left, be it of this run or of one that died. */
export interface Partial {
  readonly bytes: number;
  /** Names what it is a part of: as the transfer was given it. */
  readonly from: string;
  /** Of the response that it is a part of. */
  readonly headers: ResponseHeaders;
}

/** Where a transfer goes on. */
export interface Resume {
  readonly offset: number;
  /** For `If-Range`: the server sends all of it when it has another file by now. */
  readonly ifRange?: string;
}

/** The shell's part: the headers of a response that brought something are kept, those of one that did not are not. */
export const SETTLE_SCRIPT = `
settle() {
  if grep -q '^ *HTTP/[0-9.]* 20[06]' "$1.new" 2>/dev/null; then mv -f -- "$1.new" "$1.headers"; fi
}
`;

const SCRIPT = `${SETTLE_SCRIPT}
[ -s "$1" ] || exit 0
settle "$1"
printf 'bytes %s\\nfrom %s\\nheaders\\n' "$(stat -c %s -- "$1")" "$(head -n 1 -- "$1.from" 2>/dev/null)"
cat -- "$1.headers" 2>/dev/null
exit 0
`;

/** What goes with a partial file: whoever removes it removes these. */
export const companions = (part: string): string[] =>
  ["headers", "new", "from"].map((kind) => `${part}.${kind}`);

export const partialCommand = (part: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-partial", part],
  env: { LC_ALL: "C" },
  timeoutMs: 60_000,
});

/** Undefined when there is nothing to go on with. */
export function parsePartial(stdout: string): Partial | undefined {
  const [, bytes, from, headers] = /^bytes (\d+)\nfrom (.+)\nheaders\n(.*)$/s.exec(stdout) ?? [];
  if (bytes === undefined || from === undefined) return undefined;
  return { bytes: Number(bytes), from, headers: parseHeaders(headers ?? "") };
}

/**
 * Undefined where it must begin anew: nothing would tell that the rest belongs to the beginning. The last byte is asked for again, so
 * that a server has something to send when all of it is there.
 * @param hasDigest a digest will tell, so that the beginning may even be another mirror's
 */
export function resumeFrom(
  partial: Partial | undefined,
  from: string,
  hasDigest: boolean,
): Resume | undefined {
  if (!partial || partial.bytes < 2) return undefined;
  const offset = partial.bytes - 1;
  const validator = partial.from === from ? validatorOf(partial.headers) : undefined;
  if (validator !== undefined) return { offset, ifRange: validator };
  return hasDigest ? { offset } : undefined;
}

/** A weak ETag says nothing about bytes. */
const validatorOf = ({ etag, lastModified }: ResponseHeaders): string | undefined =>
  etag !== undefined && !etag.startsWith("W/") ? etag : lastModified;
