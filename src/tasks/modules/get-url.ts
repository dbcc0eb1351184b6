import { z } from "zod";
import { findChecksum, parseChecksum, urlFileName, type WantedChecksum } from "../downloads/checksum.js";
import { type Download, type Downloaded, download, lookBefore } from "../downloads/download.js";
import { WEB_ALIASES, type WebRequest, webArgs, withoutLogin } from "../downloads/request.js";
import type { WebResponse } from "../downloads/response.js";
import { bool, path, seconds, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { attributeArgs, resolveMode, settleAttributes } from "../remote/attributes.js";
import { withFileFlags } from "../remote/file-flags.js";
import type { FileStatus } from "../remote/status.js";

const Args = z.strictObject({
  ...webArgs,
  dest: path().describe(
    "the file, or the directory to put it in under the name that the server or the URL gives",
  ),
  ...attributeArgs,
  checksum: text()
    .default("")
    .describe("ALGORITHM:DIGITS, or ALGORITHM:URL of a list as sha256sum writes it"),
  force: bool().default(false).describe("download also when the file is there, replace it when it differs"),
  backup: bool().default(false).describe("keep the old file under a name with the time"),
  timeout: seconds().default(10).describe("seconds without a byte until it is given up"),
  tmp_dest: path().optional().describe("the directory to download to; by default where the file shall be"),
});
type GetUrlArgs = z.infer<typeof Args>;

/** A file from the web. */
export const getUrl = withFileFlags<GetUrlArgs>({
  name: "get_url",
  summary:
    "Downloads a file by curl or wget of the machine, when it is missing or the server has a newer one.",
  args: Args,
  refuses: {
    use_gssapi: "Kerberos is not known; log in with url_username or a header",
    ciphers: "the machine's curl or wget has its own",
    unredirected_headers: "curl and wget send all headers on, but for logins to another host",
  },
  aliases: { ...WEB_ALIASES, thirsty: "force" },
  differs: [
    "curl, GNU wget or busybox wget does the work, whichever the machine has; busybox wget is never given a password, a secret header or a certificate, since it would show them to everybody.",
    "busybox wget that cannot check certificates is refused for https, but with a checksum or `validate_certs: false`.",
    "What came with a wrong checksum is thrown away before it is put in place: the old file stays.",
    "In a check, a file without a checksum counts as changed unless the server says that it has no newer one.",
    "Owner, group and mode are seen to also when the server has nothing newer.",
    "Compressed answers are not asked for, and not decompressed.",
  ],
  async run(args, context) {
    const start = context.clock.now();
    const wanted = parseChecksum(args.checksum);
    const before = await look(args, wanted, context);
    const checksum = exactChecksum(wanted, before.list, args.url);
    const elapsed = () => Math.round((context.clock.now() - start) / 1000);
    const about = { url: withoutLogin(args.url), dest: args.dest };
    const { status, response } = before;
    const reason = reasonToKeep(args, status, response?.status, checksum);
    if (status && reason !== undefined) {
      const { changed, fields } = await settleAttributes(context, status, args);
      const code = response && { status_code: response.status };
      return { changed, ...about, msg: reason, elapsed: elapsed(), ...code, ...fields };
    }
    if (context.check) {
      if (response) refuseStatus(response, about);
      return { changed: true, ...about, msg: "it would be downloaded", elapsed: elapsed() };
    }
    const what = downloadOf(args, status, checksum, context);
    const done = await download(context, what);
    if (done.response) refuseStatus(done.response, about);
    if (checksum && done.response?.status !== 304 && done.found !== checksum.value)
      throw new ModuleFailure(
        `The checksum for ${about.url} did not match ${checksum.value}; it was ${done.found}: nothing was put in place`,
        about,
      );
    return { elapsed: elapsed(), ...(await finish(args, done, status, what.backup, context)) };
  },
});

function look(args: GetUrlArgs, wanted: WantedChecksum | undefined, context: ModuleContext) {
  const request = requestOf(args);
  const { dest } = args;
  if (wanted?.isUrl)
    return lookBefore(context, {
      dest,
      algorithm: wanted.algorithm,
      list: true,
      request: { ...request, url: wanted.value },
    });
  const head = wanted ? undefined : context.check ? "always" : args.force ? undefined : "file";
  return lookBefore(context, { dest, algorithm: wanted?.algorithm, head, request });
}

const requestOf = (args: GetUrlArgs): WebRequest => ({ ...args, followRedirects: true });

/** Why nothing is downloaded; undefined: it is. */
export function reasonToKeep(
  { force }: { readonly force: boolean },
  status: FileStatus | undefined,
  httpStatus: number | undefined,
  checksum: WantedChecksum | undefined,
): string | undefined {
  if (!status || status.type === "directory") return undefined;
  if (!force && checksum) return status.checksum === checksum.value ? "file already exists" : undefined;
  return !force && httpStatus === 304 ? "HTTP Error 304: Not Modified" : undefined;
}

function exactChecksum(
  wanted: WantedChecksum | undefined,
  list: string | undefined,
  url: string,
): WantedChecksum | undefined {
  if (!wanted?.isUrl) return wanted;
  return { ...wanted, value: findChecksum(list ?? "", wanted, urlFileName(url)), isUrl: false };
}

function downloadOf(
  args: GetUrlArgs,
  before: FileStatus | undefined,
  checksum: WantedChecksum | undefined,
  { clock }: ModuleContext,
): Download {
  const file = before?.type === "directory" ? undefined : before;
  const time = new Date(clock.now()).toISOString();
  return {
    dest: args.dest,
    name: urlFileName(args.url),
    owner: args.owner,
    group: args.group,
    mode: args.mode === undefined ? undefined : resolveMode(args.mode, file?.mode ?? 0o644, false),
    backup: args.backup ? `.${process.pid}.${time.slice(0, 10)}@${time.slice(11, 19)}~` : "",
    checksum,
    ifNewer: file !== undefined && !args.force && !checksum,
    tempDirectory: args.tmp_dest,
    request: requestOf(args),
  };
}

const GOOD: ReadonlySet<number> = new Set([0, 200, 226, 304]);

function refuseStatus({ status, reason }: WebResponse, about: { url: string; dest: string }): void {
  if (GOOD.has(status)) return;
  throw new ModuleFailure(`Request failed: ${about.url} answers ${status} ${reason}`.trimEnd(), {
    ...about,
    status_code: status,
    response: `HTTP Error ${status}: ${reason}`,
  });
}

async function finish(
  args: GetUrlArgs,
  { response, status, sha1, md5, name, placed }: Downloaded,
  before: FileStatus | undefined,
  backup: string,
  context: ModuleContext,
): Promise<ModuleResult> {
  const inDirectory = before?.type === "directory" && name !== undefined;
  const dest = inDirectory ? `${args.dest.replace(/\/$/, "")}/${name}` : args.dest;
  const here = status ?? before;
  const settled = here && (await settleAttributes(context, { ...here, path: dest }, args));
  const unchanged = response?.status === 304;
  return {
    changed: placed || (settled?.changed ?? false),
    url: response?.url ?? withoutLogin(args.url),
    dest,
    msg: unchanged ? "HTTP Error 304: Not Modified" : `OK (${here?.size ?? "unknown"} bytes)`,
    status_code: response?.status,
    ...settled?.fields,
    checksum_src: sha1.src,
    checksum_dest: sha1.dest ?? null,
    md5sum: md5,
    ...(backup !== "" && placed && sha1.dest !== undefined && { backup_file: dest + backup }),
  };
}
