import { stat } from "node:fs/promises";
import { basename, join, normalize } from "node:path";
import { z } from "zod";
import { pythonText } from "../../template/python.js";
import { fetchFile, localDigests, localSize } from "../remote/fetch-file.js";
import type { Digests } from "../remote/file-digests.js";
import { type FileStatus, fileStatus } from "../remote/status.js";
import { bool, path } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module, ModuleContext, ModuleResult } from "./module.js";

const Args = z.strictObject({
  src: path().describe("a file of the machine"),
  dest: path().describe("where on the controller: DEST/HOST/SRC, or with flat as it is written"),
  flat: bool().default(false).describe("write to dest itself, or into it when it ends with a slash"),
  fail_on_missing: bool().default(true).describe("fail when there is no such file"),
  validate_checksum: bool()
    .default(true)
    .describe("accepted: the connection sees to it that what comes is what was sent"),
});
type Fetch = z.infer<typeof Args>;

/** Files of the machine on the controller. */
export const fetch: Module<Fetch> = {
  name: "fetch",
  summary: "Fetches a file of the machine to the controller.",
  args: Args,
  differs: ["In a check it tells what it would fetch.", "`md5sum` of more than 64 MiB is null."],
  async run(args, context) {
    const { src } = args;
    const found = await fileStatus(context, src, { follow: true });
    if (!found) return missing(args, "the remote file does not exist");
    if (found.type === "directory")
      return missing(args, "remote file is a directory, fetch cannot work on directories");
    const to = await destination(
      args,
      pythonText(context.scope.get("inventory_hostname") ?? ""),
      context.controller.resolve(args.dest),
    );
    const same = await sameHere(found, to, context);
    if (same) return { changed: false, file: src, dest: to, ...same };
    if (context.check) return { changed: true, dest: to };
    const digests = await fetchFile(context, found, to);
    return { changed: true, dest: to, ...digests, remote_checksum: digests.checksum, remote_md5sum: null };
  },
};

/** The digests of what is here, when it is the same: only two files of one size are read for it. */
async function sameHere(found: FileStatus, to: string, context: ModuleContext): Promise<Digests | undefined> {
  if ((await localSize(to)) !== found.size) return undefined;
  const [there, here] = await Promise.all([
    fileStatus(context, found.path, { follow: true, checksum: "sha1" }),
    localDigests(to),
  ]);
  return there?.checksum === here.checksum ? here : undefined;
}

function missing({ src, fail_on_missing }: Fetch, why: string): ModuleResult {
  if (fail_on_missing) throw new ModuleFailure(why, { file: src });
  return { changed: false, file: src, msg: `${why}, not transferring, ignored` };
}

/** What the machine is called, and a path on it, cannot lead out of dest. */
async function destination({ src, dest, flat }: Fetch, host: string, resolved: string): Promise<string> {
  if (!flat) return join(resolved, host.replaceAll("/", "_"), normalize(`/${src.replace(/^~\//, "")}`));
  if (dest.endsWith("/")) return join(resolved, basename(src));
  const isDirectory = await stat(resolved).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (isDirectory)
    throw new ModuleFailure(
      `dest is an existing directory, use a trailing slash if you want to fetch ${src} into that directory`,
      { dest },
    );
  return resolved;
}
