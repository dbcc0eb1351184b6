import { z } from "zod";
import { type FileStatus, fileStatus } from "../remote/status.js";
import { bool, path } from "./arguments.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  path: path().describe("what to look at"),
  follow: bool().default(false).describe("what a link leads to, instead of the link"),
  get_checksum: bool().default(true).describe("compute the checksum of a file"),
  checksum_algorithm: z
    .enum(["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
    .default("sha1")
    .describe("how"),
  get_mime: bool().default(true).describe("accepted; mimetype and charset are not told"),
  get_attributes: bool().default(true).describe("accepted; file attributes are not told"),
});

/** Tells what stands at a path. */
export const stat: Module<z.infer<typeof Args>> = {
  name: "stat",
  summary: "Tells what stands at a path: `stat.exists`, `stat.mode`, `stat.checksum` ...",
  args: Args,
  aliases: {
    dest: "path",
    name: "path",
    checksum: "checksum_algorithm",
    checksum_algo: "checksum_algorithm",
    mime: "get_mime",
    attr: "get_attributes",
    attributes: "get_attributes",
  },
  differs: [
    "mimetype, charset, attributes and version are not told.",
    "readable, writeable and executable are by the permission bits, as for the task's user.",
  ],
  async run({ path: of, follow, get_checksum, checksum_algorithm }, context) {
    const checksum = get_checksum ? { checksum: checksum_algorithm } : {};
    const status = await fileStatus(context, of, { follow, ...checksum });
    return { changed: false, stat: status ? statFields(status) : { exists: false } };
  },
};

/** Ansible's fields of `stat`. */
function statFields(status: FileStatus): Record<string, unknown> {
  const { mode, type } = status;
  const bit = (mask: number) => (mode & mask) !== 0;
  return {
    exists: true,
    path: status.path,
    mode: `0${mode.toString(8).padStart(3, "0")}`,
    isdir: type === "directory",
    isreg: type === "file",
    islnk: type === "link",
    ischr: false,
    isblk: false,
    isfifo: false,
    issock: false,
    uid: status.uid,
    gid: status.gid,
    size: status.size,
    inode: status.inode,
    dev: status.device,
    nlink: status.nlink,
    atime: status.atime,
    mtime: status.mtime,
    ctime: status.ctime,
    wusr: bit(0o200),
    rusr: bit(0o400),
    xusr: bit(0o100),
    wgrp: bit(0o020),
    rgrp: bit(0o040),
    xgrp: bit(0o010),
    woth: bit(0o002),
    roth: bit(0o004),
    xoth: bit(0o001),
    isuid: bit(0o4000),
    isgid: bit(0o2000),
    pw_name: status.owner,
    gr_name: status.group,
    ...(status.checksum !== undefined && { checksum: status.checksum }),
    ...(status.target !== undefined && { lnk_target: status.target }),
  };
}
