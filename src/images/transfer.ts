import type { Command } from "../transport/shell.js";

export type Fetcher = "curl" | "wget";

/** The last response of a transfer, after all redirects. */
export interface ResponseHeaders {
  readonly status?: number;
  readonly contentLength?: number;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** How a fetch or copy into a partial file ended. */
export interface Transfer {
  readonly exit: number;
  readonly bytes: number;
  /** The file's first bytes. */
  readonly magic: Buffer;
  readonly headers: ResponseHeaders;
  readonly stderr: string;
}

// Reports the size twice a second for as long as the transfer lasts. The sleep must not hold stdout open.
const SCRIPT = `
part=$1; shift
umask 077
: >"$part" && : >"$part.headers" || exit 1
( while sleep 0.5 >/dev/null 2>&1; do
    total=$(tr -d '\\r' <"$part.headers" | sed -n 's/^ *[Cc]ontent-[Ll]ength: *\\([0-9][0-9]*\\) *$/\\1/p' | tail -n 1)
    printf 'size %s %s\\n' "$(stat -c %s -- "$part")" "$total" || exit
  done ) 2>/dev/null & reporter=$!
case $1 in
  wget) "$@" 2>"$part.headers"; code=$? ;;
  *) "$@"; code=$? ;;
esac
kill "$reporter" 2>/dev/null
printf 'exit %s\\n' "$code"
printf 'bytes %s\\n' "$(stat -c %s -- "$part")"
printf 'magic %s\\n' "$(head -c 128 -- "$part" | od -An -v -tx1 | tr -d ' \\n')"
echo headers
cat -- "$part.headers"
rm -f -- "$part.headers"
`;

/** A transfer that stands still this long has failed. */
const STALL_S = 60;
const TRANSFER_MS = 6 * 3600_000;
const QUICK_MS = 120_000;

const CURL: readonly string[] = [
  ...["-q", "-sS", "--location", "--max-redirs", "10", "--globoff", "--connect-timeout", "30"],
  ...["--proto", "=http,https", "--proto-redir", "=http,https"],
  ...["--speed-time", String(STALL_S), "--speed-limit", "1", "-K", "-"],
];
const WGET: readonly string[] = [
  ...["--no-config", "--no-hsts", "-nv", "--tries=1", "--max-redirect=10", `--timeout=${STALL_S}`, "-i", "-"],
];

/** A SUMS file that is larger is none. */
const MAX_SUMS_BYTES = 4 * 2 ** 20;

/** Fetches a URL into a partial file. The URL, which may hold credentials, goes by stdin. */
export const fetchCommand = (fetcher: Fetcher, url: string, part: string): Command => ({
  ...transferCommand(part, [
    fetcher,
    ...(fetcher === "curl"
      ? [...CURL, "--fail", "-D", `${part}.headers`, "-o", part]
      : [...WGET, "-S", "-O", part]),
  ]),
  stdin: urlLine(fetcher, url),
});

/** Copies a file of the hypervisor, sharing its blocks where the file system can. */
export const copyCommand = (source: string, part: string): Command =>
  transferCommand(part, ["cp", "--reflink=auto", "--sparse=auto", "--", source, part]);

/** Asks for the headers alone; they are on stdout (curl) or stderr (wget). */
export const headCommand = (fetcher: Fetcher, url: string): Command => ({
  argv: [
    fetcher,
    ...(fetcher === "curl" ? [...CURL, "--head", "-o", "/dev/null", "-D", "-"] : [...WGET, "-S", "--spider"]),
  ],
  ...quick(fetcher, url),
});

/** Prints a SUMS file. */
export const sumsCommand = (fetcher: Fetcher, url: string): Command => ({
  argv: [
    fetcher,
    ...(fetcher === "curl"
      ? [...CURL, "--fail", "--max-filesize", String(MAX_SUMS_BYTES)]
      : [...WGET, "-O", "-"]),
  ],
  ...quick(fetcher, url),
});

const transferCommand = (part: string, argv: readonly string[]): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-transfer", part, ...argv],
  env: { LC_ALL: "C" },
  timeoutMs: TRANSFER_MS,
});

const quick = (fetcher: Fetcher, url: string): Omit<Command, "argv"> => ({
  stdin: urlLine(fetcher, url),
  env: { LC_ALL: "C" },
  readOnly: true,
  timeoutMs: QUICK_MS,
});

const urlLine = (fetcher: Fetcher, url: string): string =>
  fetcher === "curl" ? `url = "${url.replaceAll(/["\\]/g, "\\$&")}"\n` : `${url}\n`;

/** @see Transfer. Undefined when the output is not what the script prints. */
export function parseTransfer(stdout: string, stderr: string): Transfer | undefined {
  const match = /^exit (\d+)\nbytes (\d+)\nmagic ([0-9a-f]*)\nheaders\n(.*)$/ms.exec(stdout);
  if (!match) return undefined;
  const [, exit = "", bytes = "", magic = "", headers = ""] = match;
  return {
    exit: Number(exit),
    bytes: Number(bytes),
    magic: Buffer.from(magic, "hex"),
    headers: parseHeaders(headers),
    stderr: `${stderr}\n${headers}`,
  };
}

/** The size so far and, once the server has said it, the whole size, from the script's report lines. */
export function parseProgress(line: string): { done: number; total?: number } | undefined {
  const [, done, total] = /^size (\d+) (\d*)$/.exec(line) ?? [];
  if (done === undefined) return undefined;
  return { done: Number(done), ...(total && { total: Number(total) }) };
}

/** Of several responses, one after a redirect, the last. Reads what curl's -D and wget's -S print. */
export function parseHeaders(text: string): ResponseHeaders {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findLastIndex((line) => /^HTTP\/[\d.]+ \d{3}/.test(line));
  if (start < 0) return {};
  const header = (name: string): string | undefined => {
    const line = lines.slice(start).find((candidate) => candidate.toLowerCase().startsWith(`${name}:`));
    return line?.slice(name.length + 1).trim() || undefined;
  };
  const length = header("content-encoding") ? undefined : header("content-length");
  const etag = header("etag");
  const lastModified = header("last-modified");
  return {
    status: Number(/ (\d{3})/.exec(lines[start] ?? "")?.[1]),
    ...(length !== undefined && /^\d+$/.test(length) && { contentLength: Number(length) }),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
  };
}
