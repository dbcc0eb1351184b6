import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, relative } from "node:path";
import type { CollectedFile } from "./collect.js";
import { localPath } from "./local-path.js";

/** What `fetch` tasks take from one VM, put beside its artifacts: by the path on the guest, wherever `dest` is. */
export class FetchedFiles {
  readonly #files = new Map<string, CollectedFile>();

  /** @param directory the VM's, absolute; it is made when there is a file */
  constructor(readonly directory: string) {}

  /** The newest of each path. */
  get files(): readonly CollectedFile[] {
    return [...this.#files.values()];
  }

  /** Takes a file over that is on this machine already. @throws when it cannot be written */
  async add(guestPath: string, file: string, bytes: number): Promise<void> {
    const to = localPath(this.directory, guestPath);
    const part = `${to}.${randomBytes(6).toString("hex")}.part`;
    try {
      await mkdir(dirname(to), { recursive: true });
      await copyFile(file, part, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await rename(part, to);
    } finally {
      await rm(part, { force: true });
    }
    const path = relative(this.directory, to);
    this.#files.set(path, { path, bytes });
  }
}
