import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { growFileSystemCommand } from "../../../src/provision/guest/grow-file-system.js";

const run = promisify(execFile);

// A machine whose root is the second partition of a disk, in a mount namespace of its own: this machine's kernel grows it. How many MiB it has is
// printed before and after. Debian's guests have ext4 (test/e2e/grown-root.test.ts); a kernel in a sandbox may refuse to grow that one.
const MACHINE = `set -e
disk=$1 kind=$2 growfs=$3
shift 3
root=$(mktemp -d)
loop=$(losetup --find --show "$disk")
trap 'umount --recursive "$root"; partx --delete "$loop"; losetup --detach "$loop"; rmdir "$root"' EXIT
partx --add "$loop"
case $kind in
xfs) mkfs.xfs -q -d size=320m "\${loop}p2" ;;
btrfs) mkfs.btrfs -q -b 120M "\${loop}p2" >&2 ;;
esac
mount "\${loop}p2" "$root"
for each in usr etc dev proc sys; do mkdir "$root/$each"; mount --rbind "/$each" "$root/$each"; done
for each in bin sbin lib lib64; do ln -s "usr/$each" "$root/$each"; done
[ "$growfs" = systemd-growfs ] || mount -t tmpfs none "$root/usr/lib/systemd"
size() { df --block-size=1M --output=size "$root" | tail -n 1; }
size
chroot "$root" "$@" >&2
size`;

const DISK_BYTES = 600 * 1024 ** 2;

test.each([
  ["xfs", "systemd-growfs"],
  ["xfs", "xfs_growfs"],
  ["btrfs", "systemd-growfs"],
  ["btrfs", "btrfs"],
])("a root on %s fills its partition by %s, mounted as it is", async (kind, growfs) => {
  const directory = await mkdtemp(join(tmpdir(), "farm-grow-"));
  const disk = join(directory, "disk");
  const file = await open(disk, "w");
  await file.truncate(DISK_BYTES);
  await file.close();
  await run("sgdisk", ["--new=1:2048:+4M", "--new=2:0:0", disk]);
  const inside = ["unshare", "--mount", "--propagation=private", "bash", "-c", MACHINE, "machine"];
  const [program, ...args] = [...inside, disk, kind, growfs, ...growFileSystemCommand(2).argv];
  const { stdout } = await run(program ?? "", args);
  const [before, after] = stdout.trim().split(/\s+/).map(Number);
  expect(before).toBeLessThan(330);
  expect(after).toBeGreaterThan(520);
  await rm(directory, { recursive: true });
});
