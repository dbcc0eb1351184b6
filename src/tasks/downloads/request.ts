import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";

/** What modules that ask a web server take, each with Ansible's name. */
export const webArgs = {
  url: text().describe("where; a name and a password may stand in it"),
  url_username: text().optional().describe("the name to log in with"),
  url_password: text().optional().describe("the password to log in with"),
  force_basic_auth: bool().default(false).describe("log in at once, not only when the server asks for it"),
  headers: z
    .record(
      z.string(),
      z.preprocess((value) => (value === null ? "" : value), z.coerce.string()),
    )
    .default({})
    .describe("further headers of the request"),
  http_agent: text().default("ansible-httpget").describe("what the request calls itself"),
  validate_certs: bool().default(true).describe("refuse a server whose certificate is not in order"),
  use_proxy: bool().default(true).describe("go by the proxy that the environment names"),
  use_netrc: bool().default(true).describe("log in with what ~/.netrc says, when no name is given"),
  decompress: bool().default(true).describe("accepted: compressed answers are not asked for"),
  client_cert: path().optional().describe("a file of the machine with the certificate to show (PEM)"),
  client_key: path().optional().describe("a file of the machine with its key"),
};

/** Names of arguments that Ansible takes as well. */
export const WEB_ALIASES = { username: "url_username", user: "url_username", password: "url_password" };

export interface WebRequest {
  readonly url: string;
  readonly url_username?: string | undefined;
  readonly url_password?: string | undefined;
  readonly force_basic_auth?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly http_agent?: string;
  readonly validate_certs?: boolean;
  readonly use_proxy?: boolean;
  readonly use_netrc?: boolean;
  readonly client_cert?: string | undefined;
  readonly client_key?: string | undefined;
  readonly ca_path?: string | undefined;
  readonly unix_socket?: string | undefined;
  /** Seconds without a byte. */
  readonly timeout: number;
  readonly followRedirects: boolean;
  /** Only http and https. */
  readonly webOnly?: boolean;
}

/** A name, a password and whatever a header may hold that nobody else may see. */
const SECRET_HEADER = /auth|cookie|token|secret|key|password|session/i;

/**
 * A request as `farm_fetch` reads it from stdin: lines for curl (`c`), for GNU wget (`w`, its URL `u`), for busybox wget (headers `h`, URL `u`),
 * and why that cannot do it (`x`); then `end`. @throws ModuleFailure for what is no request
 */
export function requestText(request: WebRequest): string {
  for (const [name, value] of Object.entries(request.headers ?? {}))
    if (/[\r\n\0]/.test(name + value) || /[:\s]/.test(name) || name === "")
      throw new ModuleFailure(
        `${JSON.stringify(name)} is no header: a name without a colon, one line of text`,
      );
  const { url, username, password } = login(request);
  const plain = { ...request, url, url_username: username, url_password: password };
  const lines = [
    ...curlLines(plain).map((line) => `c ${line}`),
    ...wgetLines(plain).map((line) => `w ${line}`),
    ...Object.entries(request.headers ?? {}).map(([name, value]) => `h ${name}: ${value}`),
    `u ${url}`,
    ...refusals(plain).map((line) => `x ${line}`),
    "end",
  ];
  if (lines.some((line) => /[\r\n\0]/.test(line)))
    throw new ModuleFailure("names, passwords and paths of a request must be one line of text each");
  return `${lines.join("\n")}\n`;
}

/** Name and password out of the URL, where everybody could read them. */
function login({ url, url_username, url_password }: WebRequest) {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || /[\s\0]/.test(url)) throw new ModuleFailure(`'${withoutLogin(url)}' is no URL`);
  const inUrl = (part: string) => (part === "" ? undefined : decoded(part));
  return {
    url: url.replace(LOGIN, "$1"),
    username: url_username ?? inUrl(parsed.username),
    password: url_password ?? inUrl(parsed.password),
  };
}

const LOGIN = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

/** A URL as everybody may see it. */
export const withoutLogin = (url: string): string => url.replace(LOGIN, "$1");

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function curlLines(request: WebRequest): string[] {
  const { url, url_username, url_password = "", headers = {}, timeout } = request;
  const line = (option: string, value: string | undefined) =>
    value === undefined ? [] : [`${option} = "${escaped(value)}"`];
  const flag = (option: string, on: boolean | undefined) => (on ? [option] : []);
  const protocols = request.webOnly ? "=http,https" : "=http,https,ftp,ftps,file";
  return [
    ...line("url", url),
    "globoff",
    ...line("proto", protocols),
    ...line("proto-redir", "=http,https"),
    ...Object.entries(headers).flatMap(([name, value]) =>
      line("header", value === "" ? `${name};` : `${name}: ${value}`),
    ),
    ...line("user-agent", request.http_agent),
    ...line("user", url_username === undefined ? undefined : `${url_username}:${url_password}`),
    ...flag("anyauth", url_username !== undefined && !request.force_basic_auth),
    ...flag("netrc-optional", request.use_netrc && url_username === undefined),
    ...flag("insecure", request.validate_certs === false),
    ...line("noproxy", request.use_proxy === false ? "*" : undefined),
    ...line("cacert", request.ca_path),
    ...line("cert", request.client_cert),
    ...line("key", request.client_key),
    ...line("unix-socket", request.unix_socket),
    ...flag("location", request.followRedirects),
    "max-redirs = 20",
    `connect-timeout = ${timeout}`,
    "speed-limit = 1",
    `speed-time = ${Math.max(1, Math.ceil(timeout))}`,
  ];
}

const escaped = (value: string): string =>
  value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t");

function wgetLines(request: WebRequest): string[] {
  const { url_username, url_password = "", headers = {} } = request;
  const line = (option: string, value: string | undefined) =>
    value === undefined ? [] : [`${option} = ${value}`];
  const flag = (option: string, on: boolean | undefined, value: string) =>
    on ? [`${option} = ${value}`] : [];
  return [
    ...Object.entries(headers).flatMap(([name, value]) => line("header", `${name}: ${value}`)),
    ...line("user_agent", request.http_agent),
    ...line("user", url_username),
    ...(url_username === undefined ? [] : line("password", url_password)),
    ...flag("auth_no_challenge", url_username !== undefined && request.force_basic_auth, "on"),
    ...flag("netrc", request.use_netrc === false, "off"),
    ...flag("check_certificate", request.validate_certs === false, "off"),
    ...flag("use_proxy", request.use_proxy === false, "off"),
    ...line("ca_certificate", request.ca_path),
    ...line("certificate", request.client_cert),
    ...line("private_key", request.client_key),
    `max_redirect = ${request.followRedirects ? 20 : 0}`,
    `timeout = ${request.timeout}`,
    "tries = 1",
  ];
}

/** What busybox wget cannot do, or could not without showing a secret in the list of processes. */
function refusals(request: WebRequest): string[] {
  const { url_username, headers = {}, client_cert, ca_path, unix_socket } = request;
  const secret = Object.keys(headers).find((name) => SECRET_HEADER.test(name));
  if (url_username !== undefined) return ["log in without showing the password to everybody"];
  if (secret !== undefined) return [`send the header ${secret} without showing it to everybody`];
  if (client_cert !== undefined || ca_path !== undefined) return ["work with certificates of one's own"];
  return unix_socket === undefined ? [] : ["talk to a socket"];
}
