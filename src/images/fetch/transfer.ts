import type { Command } from "../../transport/shell.js";
import { type Resume, SETTLE_SCRIPT } from "./partial.js";
import { parseHeaders, type ResponseHeaders } from "./response-headers.js";

export type Fetcher = "curl" | "wget";

/** How a fetch or copy into a partial file ended. */
export interface Transfer {
  readonly exit: number;
  readonly bytes: number;
  /** The file's first bytes. */
  readonly magic: Buffer;
  readonly headers: ResponseHeaders;
  readonly stderr: string;
  /** Bytes that are still free where the file lies. */
  readonly room?: number;
}

// Reports the size twice a second for as long as the transfer lasts. The sleep must not hold stdout open. The program inherits the
// lock: where one of a farm that died still writes, the next waits for its end.
const SCRIPT = `${SETTLE_SCRIPT}
part=$1 from=$2 offset=$3; shift 3
umask 077
exec 8>>"$part" || exit 1
room() { printf 'room %s\\n' "$(($(stat -f -c '%a * %S' -- "$part") + $1))"; }
flock -w 60 8 || { echo 'what a dead farm has begun still writes to it' >&2; exit 1; }
if [ "$offset" = 0 ]; then rm -f -- "$part.headers"; else settle "$part"; fi
truncate -s "$offset" -- "$part" && : >"$part.new" && printf '%s\\n' "$from" >"$part.from" || exit 1
room "$offset"
( exec 8>&-
  while sleep 0.5 >/dev/null 2>&1; do
    length=$(tr -d '\\r' <"$part.new" | sed -n 's/^ *[Cc]ontent-[Ll]ength: *\\([0-9][0-9]*\\) *$/\\1/p' | tail -n 1)
    printf 'size %s %s\\n' "$(stat -c %s -- "$part")" "\${length:+$((length + offset))}" || exit
  done ) 2>/dev/null & reporter=$!
case $1 in
  wget) "$@" 2>"$part.new"; code=$? ;;
  *) "$@"; code=$? ;;
esac
kill "$reporter" 2>/dev/null
room 0
printf 'exit %s\\n' "$code"
printf 'bytes %s\\n' "$(stat -c %s -- "$part")"
printf 'magic %s\\n' "$(head -c 128 -- "$part" | od -An -v -tx1 | tr -d ' \\n')"
echo headers
cat -- "$part.new"
settle "$part"
exit 0
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

/** A partial file, and what names the file that it is a part of: see Partial. */
interface Into {
  readonly part: string;
  readonly from: string;
  readonly resume?: Resume | undefined;
}

/** Fetches a URL, or the rest of it, into a partial file. The URL, which may hold credentials, goes by stdin. */
export function fetchCommand(fetcher: Fetcher, url: string, into: Into): Command {
  const { part, resume } = into;
  const { offset, ifRange } = resume ?? { offset: 0 };
  const range = ifRange === undefined ? undefined : `If-Range: ${ifRange}`;
  const argv =
    fetcher === "curl"
      ? [...CURL, "--fail", "-D", `${part}.new`, "-o", part, ...(resume ? ["-C", String(offset)] : [])]
      : [...WGET, ...(resume ? ["-c"] : []), ...(range ? [`--header=${range}`] : []), "-S", "-O", part];
  const header = range !== undefined && fetcher === "curl" ? `header = ${configString(range)}\n` : "";
  return { ...transferCommand(into, [fetcher, ...argv]), stdin: `${urlLine(fetcher, url)}${header}` };
}

/** Copies a file of the hypervisor, sharing its blocks where the file system can. */
export const copyCommand = (source: string, part: string): Command =>
  transferCommand({ part, from: "copy" }, ["cp", "--reflink=auto", "--sparse=auto", "--", source, part]);

/** Takes a file, or the rest of it, from the controller. */
export const uploadCommand = (into: Into, { path, bytes }: { path: string; bytes: number }): Command => {
  const start = into.resume?.offset ?? 0;
  return {
    ...transferCommand(into, ["sh", "-c", 'cat >>"$1"', "farm-upload", into.part]),
    stdin: { file: path, start, bytes: bytes - start },
  };
};

/** Asks for the headers alone; they are on stdout (curl) or stderr (wget). */
export const headCommand = (fetcher: Fetcher, url: string): Command => ({
  argv: [
    fetcher,
    ...(fetcher === "curl"
      ? [...CURL, "--connect-timeout", "10", "--head", "-o", "/dev/null", "-D", "-"]
      : [...WGET, "-S", "--spider"]),
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

const transferCommand = ({ part, from, resume }: Into, argv: readonly string[]): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-transfer", part, from, String(resume?.offset ?? 0), ...argv],
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
  fetcher === "curl" ? `url = ${configString(url)}\n` : `${url}\n`;

/** As curl's configuration files quote. */
const configString = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

/** @see Transfer. Undefined when the output is not what the script prints. */
export function parseTransfer(stdout: string, stderr: string): Transfer | undefined {
  const match = /^exit (\d+)\nbytes (\d+)\nmagic ([0-9a-f]*)\nheaders\n(.*)$/ms.exec(stdout);
  if (!match) return undefined;
  const [, exit = "", bytes = "", magic = "", headers = ""] = match;
  const room = stdout.split("\n").flatMap((line) => parseRoom(line) ?? []);
  return {
    exit: Number(exit),
    bytes: Number(bytes),
    magic: Buffer.from(magic, "hex"),
    headers: parseHeaders(headers),
    // wget says both in one stream.
    stderr: stderr.trim() === "" ? headers : stderr,
    ...(room.length > 0 && { room: Number(room.at(-1)) }),
  };
}

/** How large a file the disk has room for, from the script's first line. */
export function parseRoom(line: string): number | undefined {
  const [, bytes] = /^room (\d+)$/.exec(line) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

/** The size so far and, once the server has said it, the whole size, from the script's report lines. */
export function parseProgress(line: string): { done: number; total?: number } | undefined {
  const [, done, total] = /^size (\d+) (\d*)$/.exec(line) ?? [];
  if (done === undefined) return undefined;
  return { done: Number(done), ...(total && { total: Number(total) }) };
}
