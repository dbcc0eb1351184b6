import { stat } from "node:fs/promises";
import { basename, join, normalize } from "node:path";
import { z } from "zod";
import { pythonText } from "../../template/python.js";
import { bool, path } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { fetchFile, localDigests, lookToFetch } from "../remote/fetch-file.js";

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
  refuses: {
    owner: "the file lies on the controller, as whoever runs farm owns it",
    group: "the file lies on the controller, as whoever runs farm owns it",
    mode: "the file lies on the controller, as whoever runs farm owns it",
  },
  differs: [
    "In a check it tells what it would fetch.",
    "With `farm run --artifacts DIR` the file is put into `DIR/VM/`, too.",
    "`md5sum` of more than 64 MiB is null.",
    "A large file that changes while it is read is a failure; there is no second look at what has come.",
  ],
  async run(args, context) {
    const { src } = args;
    const host = pythonText(context.scope.get("inventory_hostname") ?? "");
    const to = destination(args, host, context.controller.resolve(args.dest));
    const here = await stat(to).catch(absent);
    const found = await lookToFetch(context, src, context.check ? "any" : here?.size);
    if (!found) return missing(args, "the remote file does not exist");
    const { type, size, checksum } = found.status;
    if (type === "directory")
      return missing(args, "remote file is a directory, fetch cannot work on directories");
    if (type !== "file") throw new ModuleFailure(`cannot fetch ${src}: it is no file`, { file: src });
    if (here?.isDirectory()) throw isDirectory(args);
    if (here?.size === size) {
      const digests = await localDigests(to, size);
      if (digests.checksum === checksum) {
        await keep(context, src, to, size);
        return { changed: false, file: src, dest: to, ...digests };
      }
    }
    if (context.check) return { changed: true, dest: to, checksum, remote_checksum: checksum };
    const fetched = await fetchFile(context, found, to);
    await keep(context, src, to, size);
    return { changed: true, dest: to, ...fetched, remote_checksum: fetched.checksum, remote_md5sum: null };
  },
};

/** Among the run's artifacts, too. A name of the guest's is no path: `~/` and `..` are gone from it there. */
async function keep({ artifacts }: ModuleContext, src: string, here: string, size: number): Promise<void> {
  try {
    await artifacts?.add(src.replace(/^~\//, ""), here, size);
  } catch (error) {
    throw new ModuleFailure(`cannot put ${here} among the artifacts: ${(error as Error).message}`);
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR")
    throw new ModuleFailure(`cannot look at ${error.path} on the controller: ${error.message}`);
}

function missing({ src, fail_on_missing }: Fetch, why: string): ModuleResult {
  if (fail_on_missing) throw new ModuleFailure(why, { file: src });
  return { changed: false, file: src, msg: `${why}, not transferring, ignored` };
}

/** What the machine is called, and a path on it, cannot lead out of dest. */
function destination({ src, dest, flat }: Fetch, host: string, resolved: string): string {
  if (!flat) return join(resolved, host.replaceAll("/", "_"), normalize(`/${src.replace(/^~\//, "")}`));
  return dest.endsWith("/") ? join(resolved, basename(src)) : resolved;
}

const isDirectory = ({ src, dest }: Fetch): ModuleFailure =>
  new ModuleFailure(
    `dest is an existing directory, use a trailing slash if you want to fetch ${src} into that directory`,
    { dest },
  );
