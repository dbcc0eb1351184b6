import { z } from "zod";
import { settleEntries } from "../archives/entry-attributes.js";
import { unpack } from "../archives/unpack.js";
import { withoutLogin } from "../downloads/request.js";
import { bool, int, list, path } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { attributeArgs, attributeFields } from "../remote/attributes.js";

const Args = z.strictObject({
  src: path().describe("the archive: a file of the controller; with remote_src of the machine, or a URL"),
  dest: path().describe("the directory to unpack into; it must be there"),
  remote_src: bool().default(false).describe("src is on the machine, or a URL that the machine downloads"),
  copy: bool().optional().describe("the opposite of remote_src"),
  creates: path().optional().describe("nothing is done when this is there"),
  list_files: bool().default(false).describe("return the names of what is in the archive as `files`"),
  exclude: list().default([]).describe("patterns of what to leave out"),
  include: list().default([]).describe("names of the only files and directories to unpack"),
  extra_opts: list().default([]).describe("further options for tar or unzip"),
  keep_newer: bool().default(false).describe("leave files alone that are newer than the archive's"),
  ...attributeArgs,
  validate_certs: bool().default(true).describe("refuse a server whose certificate is not in order"),
  decrypt: bool().default(true).describe("a file of ansible-vault is decrypted"),
  unsafe_writes: bool().optional().describe("accepted: files are always replaced whole"),
  io_buffer_size: int().optional().describe("accepted: it changes no result"),
});

/** Ansible's names of them. */
const HANDLERS: Readonly<Record<string, string>> = {
  tar: "TarArchive",
  gz: "TgzArchive",
  bz2: "TarBzipArchive",
  xz: "TarXzArchive",
  zst: "TarZstdArchive",
  zip: "ZipArchive",
};

/** An archive unpacked. */
export const unarchive: Module<z.infer<typeof Args>> = {
  name: "unarchive",
  summary:
    "Unpacks an archive (tar, plain or by gzip, bzip2, xz or zstd; zip) when the directory is not as in it.",
  args: Args,
  differs: [
    "GNU tar compares by itself; for zip, keep_newer and other tars the archive is unpacked beside and compared file by file: content, mode, time, owner.",
    "Other contents, sizes and kinds of files count as differences, not only other times and modes.",
    "Directories that are there already keep their mode and owner in that case; busybox unzip sets no times, so that times of a zip do not count there.",
    "A check works for all kinds of archives.",
    "What an archive is, is told by its first bytes, not by trying.",
  ],
  async run(args, context) {
    if (args.include.length > 0 && args.exclude.length > 0)
      throw new ModuleFailure("parameters are mutually exclusive: include|exclude");
    const { owner, group, mode, dest } = args;
    const src = withoutLogin(args.src);
    const remote_src = args.remote_src || args.copy === false;
    const attributes = { owner, group, mode };
    const done = await unpack(context, { ...args, remote_src, attributes });
    if (done.skipped)
      return { changed: false, skipped: true, msg: `skipped, since ${args.creates} exists`, dest, src };
    const set = await settleEntries(context, dest, done.entries, attributes);
    const differs = done.differences.length > 0;
    return {
      changed: differs || set,
      ...(done.directory && attributeFields(done.directory)),
      dest,
      src,
      handler: HANDLERS[done.kind] ?? done.kind,
      ...(args.list_files && { files: done.files }),
      ...(context.diff &&
        differs && { diff: { before: "", after: done.differences.map((line) => `${line}\n`).join("") } }),
    };
  },
};
