import { plainText } from "../../transport/plain-text.js";
import { formatSize } from "../../values/size.js";
import type { Fetcher, Transfer } from "./transfer.js";

/** Why a transfer failed, and whether the same may succeed a little later. */
export interface TransferFailure {
  readonly reason: string;
  readonly mayPass: boolean;
  /** It is the hypervisor's own: no other server would do better. */
  readonly local?: true;
  /** It went on from where an earlier one had ended, and came further. */
  readonly cameFurther?: boolean;
  readonly hint?: string;
}

type Ended = Pick<Transfer, "exit" | "stderr"> & Partial<Pick<Transfer, "bytes" | "headers" | "room">>;

/** A program that could not write where less is left had no space. */
const FULL_BYTES = 2 ** 20;

/** The server is busy or in trouble, and says so. */
const PASSING_STATUS = [408, 425, 429];

/** curl's exit codes of a connection that broke: cannot connect, cut off, time-out, TLS handshake, send, receive, HTTP/2. */
const PASSING_CURL = [7, 16, 18, 28, 35, 52, 55, 56, 92];

const CURL_REASONS: Readonly<Record<number, string>> = {
  3: "the address is not usable",
  6: "the server's name is unknown",
  7: "the server does not answer",
  18: "the transfer was cut off",
  23: "the file cannot be written",
  28: "the server stopped sending",
  35: "the TLS handshake failed",
  47: "there are too many redirects",
  52: "the server closed the connection without an answer",
  56: "the connection broke",
  60: "the server's certificate is not trusted",
  63: "the file is too large",
};

/** Undefined when the transfer is complete. */
export function transferFailure(fetcher: Fetcher, ended: Ended): TransferFailure | undefined {
  const { exit, bytes, headers } = ended;
  if (exit === 0) return cutOff(bytes, headers?.contentLength);
  if (NO_SPACE.test(ended.stderr)) return spaceFailure(ended);
  const status = errorStatus(ended);
  if (status !== undefined) return statusFailure(status);
  const said = lastLine(ended.stderr);
  if (fetcher === "wget") return wgetFailure(exit, said, cutOff(bytes, headers?.contentLength));
  const reason = CURL_REASONS[exit] ?? `curl ended with ${exit}`;
  if (exit === 23 && (ended.room ?? 0) < FULL_BYTES) return spaceFailure(ended);
  if (exit === 23) return { reason: `${reason} (${said})`, mayPass: false, local: true };
  if (exit === 137) return { reason: "curl was killed", mayPass: true };
  return { reason: said === "" ? reason : `${reason} (${said})`, mayPass: PASSING_CURL.includes(exit) };
}

/** Undefined when all of a file was copied. */
export function copyFailure({ exit, stderr }: Ended): TransferFailure | undefined {
  if (exit === 0) return undefined;
  return NO_SPACE.test(stderr)
    ? spaceFailure({ exit, stderr })
    : { reason: lastLine(stderr) || `cp ended with ${exit}`, mayPass: false };
}

/** What programs say where a disk is full. */
export const NO_SPACE = /no space left|quota exceeded/i;
export const SPACE_HINT = "free some space on the hypervisor, or choose another libvirt_pool_dir";

function spaceFailure({ bytes, headers }: Ended): TransferFailure {
  const whole = headers?.contentLength;
  const where =
    bytes === undefined || whole === undefined ? "" : ` after ${formatSize(bytes)} of ${formatSize(whole)}`;
  return { reason: `there is no space left${where}`, mayPass: false, local: true, hint: SPACE_HINT };
}

function cutOff(bytes: number | undefined, expected: number | undefined): TransferFailure | undefined {
  if (bytes === undefined || expected === undefined || bytes === expected) return undefined;
  const reason = `the transfer was cut off: ${formatSize(bytes)} of ${formatSize(expected)} came`;
  return { reason, mayPass: true };
}

function errorStatus({ headers, stderr }: Ended): number | undefined {
  const said = /(?:returned error:|ERROR) (\d{3})\b/.exec(stderr)?.[1];
  const status = headers?.status ?? (said === undefined ? undefined : Number(said));
  return status !== undefined && status >= 400 ? status : undefined;
}

function statusFailure(status: number): TransferFailure {
  const mayPass = status >= 500 || PASSING_STATUS.includes(status);
  const hint =
    status === 404 || status === 410 ? "is the address right, and the image still published?" : undefined;
  return { reason: `the server answered ${status}`, mayPass, ...(hint && { hint }) };
}

function wgetFailure(exit: number, said: string, cut: TransferFailure | undefined): TransferFailure {
  const unknownHost = /unable to resolve host address/.test(said);
  if (unknownHost) return { reason: `the server's name is unknown (${said})`, mayPass: false };
  if (cut) return cut;
  const reason = exit === 5 ? "the server's certificate is not trusted" : `wget ended with ${exit}`;
  return { reason: said === "" ? reason : `${reason} (${said})`, mayPass: exit === 4 };
}

/** What a program said last, without its own name before it. */
function lastLine(stderr: string): string {
  const last = stderr.split("\n").findLast((line) => line.trim() !== "") ?? "";
  return plainText(last.replace(/^(curl: \(\d+\)|wget:|cp:)\s*/, ""));
}
