import { posix } from "node:path";
import { HypervisorError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, Shell } from "../transport/shell.js";

/** Where on a hypervisor everything lies that farm makes for one VM. */
export interface VmDirectory {
  readonly path: string;
  readonly consoleLog: string;
  readonly nvram: string;
  readonly seed: string;
  readonly disk: (index: number) => string;
  /** Beside the directory, so that removing that one takes no lock away. */
  readonly lock: string;
}

const vmsDirectory = (pool: string) => posix.join(pool, "farm", "vms");

/** @param pool the pool directory, absolute  @param name of `vmDirectoryName` */
export function vmDirectory(pool: string, name: string): VmDirectory {
  const path = posix.join(vmsDirectory(pool), name);
  return {
    path,
    consoleLog: posix.join(path, "console.log"),
    nvram: posix.join(path, "nvram.fd"),
    seed: posix.join(path, "seed.iso"),
    disk: (index) => posix.join(path, `disk-${index}.qcow2`),
    lock: `${path}.lock`,
  };
}

/** True for a directory that `vmDirectory` can have named: what may be removed as a whole. */
export const isVmDirectory = (path: string): boolean =>
  /\/farm\/vms\/[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(path) && !path.includes("/../");

// A libvirtd of root's runs QEMU as another user, who must be able to get in; libvirt gives it the files themselves.
const MAKE = `if [ "$(id -u)" = 0 ]; then umask 066; else umask 077; fi; rm -rf -- "$1" && mkdir -p -- "$1"`;

const COMMANDS = {
  /** An empty one, whatever was there before. */
  make: (path: string): Command => ({ argv: ["sh", "-c", MAKE, "farm-make", path], timeoutMs: 60_000 }),
  remove: (path: string): Command => ({ argv: ["rm", "-rf", "--", path], timeoutMs: 60_000 }),
};

/** Makes the directory, empty, or removes it with all that is in it. @throws HypervisorError */
export async function changeDirectory(
  shell: Shell,
  what: keyof typeof COMMANDS,
  path: string,
): Promise<void> {
  const { code, stderr } = await shell.run(COMMANDS[what](path));
  if (code !== 0)
    throw new HypervisorError(`cannot ${what} ${path} on '${shell.name}': ${plainText(stderr)}`);
}

/** The last bytes of a log that a guest writes. */
export const tailLog = (path: string, bytes: number): Command => ({
  argv: ["tail", "-c", String(bytes), "--", path],
  readOnly: true,
  timeoutMs: 30_000,
});
