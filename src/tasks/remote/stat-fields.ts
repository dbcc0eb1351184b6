import { modeText } from "./attributes.js";
import type { FileStatus } from "./status.js";

/** What Ansible's stat and find tell of a file alike. */
export function statFields(status: FileStatus): Record<string, unknown> {
  const { mode, type, special } = status;
  const bit = (mask: number) => (mode & mask) !== 0;
  return {
    path: status.path,
    mode: modeText(mode),
    isdir: type === "directory",
    isreg: type === "file",
    islnk: type === "link",
    ischr: special === "character",
    isblk: special === "block",
    isfifo: special === "fifo",
    issock: special === "socket",
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
  };
}
