import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { type FileStatus, lastLine, parseStatus } from "../remote/status.js";
import { DOWNLOAD, LOOK } from "./download-script.js";
import { requestText, type WebRequest, withoutLogin } from "./request.js";
import { decodeFile, namedLines, parseResponse, type WebResponse } from "./response.js";

interface Look {
  readonly dest: string;
  /** The algorithm to look at the destination with. */
  readonly algorithm?: string | undefined;
  /** Whether the server is asked for the headers: when the destination is a file, or in any case. */
  readonly head?: "file" | "always" | undefined;
  /** The request is for a list of checksums. */
  readonly list?: boolean;
  readonly request: WebRequest;
}

interface Looked {
  readonly status: FileStatus | undefined;
  /** What the server said, when it was asked. */
  readonly response: WebResponse | undefined;
  /** The list of checksums. */
  readonly list: string | undefined;
}

/** One round trip that changes nothing. @throws ModuleFailure */
export async function lookBefore(context: ModuleContext, look: Look): Promise<Looked> {
  const { dest, algorithm = "", head = "", list = false, request } = look;
  const text = requestText(request);
  const args = [dest, algorithm, head, list ? "list" : ""];
  const command = script("look", LOOK, args, { stdin: text, readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  const url = withoutLogin(request.url);
  if (code !== 0)
    throw new ModuleFailure(`cannot ask ${url}: ${lastLine(stderr, code)}`, { url, dest, rc: code, stderr });
  const said = namedLines(stdout);
  const refused = said.get("list-status");
  if (refused !== undefined)
    throw new ModuleFailure(`cannot read the checksums from ${url}: HTTP status ${refused}`, { url, dest });
  return {
    status: parseStatus(stdout, dest),
    response: responseOf(said, url),
    list: said.has("list") ? decodeFile(said.get("list") ?? "").toString("utf8") : undefined,
  };
}

function responseOf(said: ReadonlyMap<string, string>, url: string): WebResponse | undefined {
  const head = said.get("head");
  if (head === undefined) return undefined;
  const response = parseResponse(decodeFile(head).toString("latin1"), url);
  const status = Number(said.get("status-code") ?? "");
  return { ...response, status: Number.isFinite(status) ? status : response.status };
}

export interface Download {
  readonly dest: string;
  /** For a directory, where neither the server nor a redirection gives another. */
  readonly name: string;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly mode?: number | undefined;
  /** What a copy of the old file is called: its name with this at the end; empty: none is kept. */
  readonly backup: string;
  readonly checksum?: { readonly algorithm: string; readonly value: string } | undefined;
  /** Only when the server's is newer than what is there. */
  readonly ifNewer: boolean;
  readonly tempDirectory?: string | undefined;
  readonly request: WebRequest;
}

export interface Downloaded {
  readonly response: WebResponse | undefined;
  /** The digits of what came, by the checksum's algorithm. */
  readonly found: string | undefined;
  readonly name: string | undefined;
  readonly placed: boolean;
  readonly sha1: { readonly src?: string | undefined; readonly dest?: string | undefined };
  readonly md5: string | undefined;
  readonly status: FileStatus | undefined;
}

/** @throws ModuleFailure when nothing whole came or it cannot be put in place; a refusing status is a result */
export async function download(context: ModuleContext, what: Download): Promise<Downloaded> {
  const { dest, name, owner = "", group = "", mode, backup, checksum, ifNewer, tempDirectory = "" } = what;
  const text = requestText(what.request);
  const digits = [checksum?.algorithm ?? "", checksum?.value ?? ""];
  const bits = mode === undefined ? "" : mode.toString(8);
  const newer = ifNewer ? "newer" : "";
  const args = [dest, name, owner, group, bits, backup, ...digits, newer, tempDirectory];
  const { code, stdout, stderr } = await context.act(script("download", DOWNLOAD, args, { stdin: text }));
  const url = withoutLogin(what.request.url);
  if (code !== 0)
    throw new ModuleFailure(`cannot download ${url} to ${dest}: ${lastLine(stderr, code)}`, {
      url,
      dest,
      rc: code,
      stderr,
    });
  const said = namedLines(stdout);
  return {
    response: responseOf(said, url),
    found: said.get("found"),
    name: said.get("name"),
    placed: said.has("placed"),
    sha1: { src: said.get("sha1-src"), dest: said.get("sha1-dest") },
    md5: said.get("md5"),
    status: parseStatus(stdout, dest),
  };
}
