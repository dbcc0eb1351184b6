import { posix } from "node:path";
import { HypervisorError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, Shell } from "../transport/shell.js";

/** Where on a hypervisor everything lies that farm makes for one VM. */
export interface VmDirectory {
  readonly name: string;
  readonly path: string;
  readonly consoleLog: string;
  readonly nvram: string;
  readonly seed: string;
  /** There from the moment at which a run has left the VM to its user. */
  readonly kept: string;
  readonly disk: (index: number) => string;
  /** Beside the directory, so that removing that one takes no lock away. */
  readonly lock: string;
}

const vmsDirectory = (pool: string) => posix.join(pool, "farm", "vms");

/** Where the VDE switches of a pool's VMs are. */
export const switchesDirectory = (pool: string): string => posix.join(pool, "farm", "vde");

/** The same by the directory of one of its VMs. */
export const switchesOf = (directory: string): string => posix.resolve(directory, "../../vde");

/** @param pool the pool directory, absolute  @param name of `vmDirectoryName` */
export function vmDirectory(pool: string, name: string): VmDirectory {
  const path = posix.join(vmsDirectory(pool), name);
  return {
    name,
    path,
    consoleLog: posix.join(path, "console.log"),
    nvram: posix.join(path, "nvram.fd"),
    seed: posix.join(path, "seed.iso"),
    kept: posix.join(path, "kept"),
    disk: (index) => posix.join(path, `disk-${index}.qcow2`),
    lock: `${path}.lock`,
  };
}

/** True for a directory that `vmDirectory` can have named: what may be removed as a whole. */
export const isVmDirectory = (path: string): boolean =>
  /\/farm\/vms\/[A-Za-z0-9_][A-Za-z0-9._-]*(\+[A-Za-z0-9_-]+)?$/.test(path) && !path.includes("/../");

// A libvirtd of root's runs QEMU as another user, who must be able to get in; libvirt gives it the files themselves.
// What it needs is written down before who has written that: see restore/remove.ts.
const MAKE = `
if [ "$(id -u)" = 0 ]; then umask 066; else umask 077; fi
directory=$1
shift
rm -rf -- "$directory" && mkdir -p -- "$directory" || exit 1
for image; do
  printf '%s\\n' "$image"
  meta=\${image##*/}
  meta=\${image%/*}/index/\${meta%.*}.json
  [ ! -f "$meta" ] || touch -- "$meta" || exit 1
done >"$directory/images" || exit 1
[ ! -f "$directory.lock" ] || cp -- "$directory.lock" "$directory/by"`;

/** Makes the directory, empty whatever was there before. @param images that its disks will stand on @throws HypervisorError */
export const makeDirectory = (shell: Shell, path: string, images: readonly string[]): Promise<void> =>
  change(shell, "make", path, ["sh", "-c", MAKE, "farm-make", path, ...images]);

/** Removes it with all that is in it. @throws HypervisorError */
export const removeDirectory = (shell: Shell, path: string): Promise<void> =>
  change(shell, "remove", path, ["rm", "-rf", "--", path]);

async function change(shell: Shell, what: string, path: string, argv: Command["argv"]): Promise<void> {
  const { code, stderr } = await shell.run({ argv, timeoutMs: 60_000 });
  if (code !== 0)
    throw new HypervisorError(`cannot ${what} ${path} on '${shell.name}': ${plainText(stderr)}`);
}

/** The last bytes of a log that a guest writes. */
export const tailLog = (path: string, bytes: number): Command => ({
  argv: ["tail", "-c", String(bytes), "--", path],
  readOnly: true,
  timeoutMs: 30_000,
});
