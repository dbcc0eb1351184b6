import { randomBytes } from "node:crypto";
import { z } from "zod";
import { requestBody } from "../downloads/body.js";
import { urlFileName } from "../downloads/checksum.js";
import { type Exchange, type Exchanged, exchange } from "../downloads/exchange.js";
import { WEB_ALIASES, webArgs, withoutLogin } from "../downloads/request.js";
import { absolute, type WebResponse } from "../downloads/response.js";
import { bool, int, path, seconds, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { attributeArgs, resolveMode, settleAttributes } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";

const FOLLOWED = ["all", "no", "none", "safe", "urllib2", "yes"] as const;

const Args = z.strictObject({
  ...webArgs,
  method: text().default("GET").describe("the request's method"),
  body: z.unknown().optional().describe("what to send: a text, or data as body_format says"),
  body_format: z
    .enum(["form-multipart", "form-urlencoded", "json", "raw"])
    .default("raw")
    .describe("how data is written; also says what Content-Type it is"),
  src: path().optional().describe("a file to send instead of body"),
  remote_src: bool().default(false).describe("src is a file of the machine, not of the controller"),
  status_code: z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [value]),
      z.array(int()),
    )
    .default([200])
    .describe("the answers that are good"),
  return_content: bool()
    .default(false)
    .describe("return the answer as `content`; JSON is always returned, as `json`"),
  dest: path().optional().describe("the file to write the answer to, or a directory for it"),
  ...attributeArgs,
  creates: path().optional().describe("nothing is sent when this is there"),
  removes: path().optional().describe("nothing is sent when this is not there"),
  follow_redirects: z
    .preprocess((value) => (typeof value === "boolean" ? (value ? "yes" : "no") : value), z.enum(FOLLOWED))
    .default("safe")
    .describe("safe: those of GET and HEAD"),
  force: bool().default(false).describe("caches on the way shall ask anew"),
  timeout: seconds().default(30).describe("seconds without a byte until it is given up"),
  ca_path: path().optional().describe("a file of the machine with the certificates to trust (PEM)"),
  unix_socket: path().optional().describe("a socket of the machine to talk to"),
});
type UriArgs = z.infer<typeof Args>;

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** One request to a web service. */
export const uri = withFileFlags<UriArgs>(
  {
    name: "uri",
    summary: "Talks to a web service from the machine, by its curl or wget.",
    args: Args,
    refuses: {
      use_gssapi: "Kerberos is not known; log in with url_username or a header",
      ciphers: "the machine's curl or wget has its own",
      unredirected_headers: "curl and wget send all headers on, but for logins to another host",
    },
    aliases: WEB_ALIASES,
    differs: [
      "curl or GNU wget must be on the machine; busybox wget does for a GET without a login, a secret header or a certificate.",
      "In a check GET, HEAD and OPTIONS are sent, and nothing is written; other methods are skipped.",
      "With `dest`, `changed` says whether the file is another than before; an answer 304 to it is always good.",
      "An answer of more than 8 MiB can be written to `dest`, not returned.",
    ],
    async run(args, context) {
      const start = context.clock.now();
      const method = args.method.toUpperCase();
      if (!/^[A-Z]+$/.test(method))
        throw new ModuleFailure("Parameter 'method' needs to be a single word, like GET or POST.");
      if (args.src !== undefined && args.body !== undefined)
        throw new ModuleFailure("parameters are mutually exclusive: body|src");
      const reads = READING.has(method);
      if (context.check && !reads)
        return { changed: false, skipped: true, msg: `a ${method} is not sent in a check` };
      const what = await exchangeOf(args, method, context);
      const how = reads && (args.dest === undefined || context.check) ? "ask" : "act";
      const done = await exchange(context, how, what);
      const elapsed = Math.round((context.clock.now() - start) / 1000);
      if (done.skipped !== undefined) return skipped(done.skipped, args);
      return settle(args, what.good, done, { elapsed, context });
    },
  },
  ({ dest }) => dest,
);

function skipped(by: "creates" | "removes", args: UriArgs): ModuleResult {
  const why = by === "creates" ? `'${args.creates}' exists` : `'${args.removes}' does not exist`;
  return { changed: false, stdout: `skipped, since ${why}` };
}

async function exchangeOf(args: UriArgs, method: string, { controller }: ModuleContext): Promise<Exchange> {
  const boundary = `farm-${randomBytes(12).toString("hex")}`;
  const local = args.src !== undefined && !args.remote_src;
  const body = local
    ? { content: await controller.read(await controller.find("files", args.src ?? "")), type: undefined }
    : await requestBody(args.body, args.body_format, controller, boundary);
  const typed = Object.keys(args.headers).some((name) => name.toLowerCase() === "content-type");
  const type = body?.type === undefined || typed ? {} : { "Content-Type": body.type };
  const follow = args.follow_redirects;
  return {
    method,
    body: body?.content,
    src: local ? undefined : args.src,
    dest: args.dest,
    attributes: {
      owner: args.owner,
      group: args.group,
      mode: args.mode === undefined ? undefined : resolveMode(args.mode, 0o644, false),
    },
    creates: args.creates,
    removes: args.removes,
    content: args.return_content,
    good: args.dest === undefined ? args.status_code : [...args.status_code, 304],
    name: urlFileName(args.url),
    request: {
      ...args,
      headers: { ...args.headers, ...type, ...(args.force && { "Cache-Control": "no-cache" }) },
      webOnly: true,
      followRedirects:
        follow === "all" || follow === "yes" || (follow !== "no" && follow !== "none" && SAFE.has(method)),
    },
  };
}

const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD"]);

async function settle(
  args: UriArgs,
  good: readonly number[],
  done: Exchanged,
  { elapsed, context }: { elapsed: number; context: ModuleContext },
): Promise<ModuleResult> {
  const { response } = done;
  if (!response)
    throw new ModuleFailure(
      `Status code was -1 and not [${args.status_code.join(", ")}]: Request failed: ${done.reason}`,
      { status: -1, url: withoutLogin(args.url), redirected: false, elapsed },
    );
  const content = done.body?.toString("utf8");
  const fields = {
    ...responseFields(response),
    ...jsonOf(response, content),
    ...(args.return_content && { content: content ?? "" }),
    elapsed,
  };
  if (!good.includes(response.status)) {
    const { status, reason } = response;
    throw new ModuleFailure(
      `Status code was ${status} and not [${args.status_code.join(", ")}]: HTTP Error ${status}: ${reason}`,
      fields,
    );
  }
  const msg = `${response.reason || "OK"} (${response.headers["content-length"] ?? done.size} bytes)`;
  if (args.dest === undefined) return { ...fields, msg, changed: false };
  const file = done.name === undefined ? args.dest : `${args.dest.replace(/\/$/, "")}/${done.name}`;
  const written = !done.same && response.status !== 304;
  const settled = done.status && (await settleAttributes(context, { ...done.status, path: file }, args));
  return { ...fields, msg, ...settled?.fields, path: file, changed: written || (settled?.changed ?? false) };
}

/** A server's header of such a name would be taken for a word of farm's. */
const RESERVED =
  /^(?:changed|failed|skipped|ansible_facts|diff|msg|invocation|warnings|deprecations|exception|json|content|path|rc|std(?:out|err)(?:_lines)?)$/;

/** Ansible's fields, each header by its name in lower case with underscores. */
export function responseFields(response: WebResponse): Record<string, unknown> {
  const { headers, url } = response;
  const named = Object.entries(headers)
    .map(([name, value]) => [name.replaceAll("-", "_"), value] as const)
    .filter(([name]) => !RESERVED.test(name));
  const cookies = (headers["set-cookie"] ?? "")
    .split(/, (?=[^;,\s]+=)/)
    .flatMap((each) => /^([^=;\s]+)=([^;]*)/.exec(each)?.slice(1, 3) ?? []);
  const pairs = cookies.flatMap((name, index) => (index % 2 === 0 ? [[name, cookies[index + 1] ?? ""]] : []));
  return {
    ...Object.fromEntries(named),
    ...(headers["location"] !== undefined && { location: absolute(headers["location"], url) }),
    cookies: Object.fromEntries(pairs),
    cookies_string: pairs.map((pair) => pair.join("=")).join("; "),
    status: response.status,
    url,
    redirected: response.redirected,
  };
}

function jsonOf({ headers }: WebResponse, content: string | undefined): { json?: unknown } {
  if (content === undefined || !/[/+](?:json|javascript)\b/i.test(headers["content-type"] ?? "")) return {};
  try {
    return { json: JSON.parse(content) };
  } catch {
    return {};
  }
}
