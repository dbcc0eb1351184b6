import type { KnownFacts, Mount } from "./fact-types.js";
import type { Material } from "./material.js";

/** Mounted devices and network shares; what the kernel makes up itself is left out, as Ansible does. */
export function mountFacts(material: Material): Partial<KnownFacts> {
  const lines = material.lines("/proc/self/mounts");
  if (lines.length === 0) return {};
  const sizes = new Map(material.said("sizes").map(parseSize));
  const bound = boundMounts(material.lines("/proc/self/mountinfo"));
  const mounts = new Map<string, Mount>();
  for (const line of lines) {
    const [device = "", mount, fstype = "", options = ""] = line.split(" ").map(plain);
    if (mount === undefined || fstype === "none") continue;
    if (!/^[/\\]/.test(device) && !device.includes(":/")) continue;
    const all = bound.has(mount) ? `${options},bind` : options;
    mounts.set(mount, { mount, device, fstype, options: all, ...sizes.get(mount) });
  }
  return { mounts: [...mounts.values()] };
}

/** The kernel writes a space as `\040`. */
const plain = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Mount points that show a directory of their file system instead of its root. */
const boundMounts = (lines: readonly string[]): ReadonlySet<string> =>
  new Set(
    lines
      .map((line) => line.split(" "))
      .filter(([, , , root = "/"]) => root !== "/")
      .map(([, , , , mount = ""]) => plain(mount)),
  );

/** `stat -f -c "%S %b %a %s %c %d %n"`: blocks in all and free for users, the block size, inodes in all and free. */
function parseSize(line: string): [string, Partial<Mount>] {
  const found = /^(\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,20}) (\d{1,20}) (.+)$/.exec(line);
  if (!found) return ["", {}];
  const [fragment = 0, total = 0, available = 0, block = 0, inodes = 0, free = 0] = found
    .slice(1, 7)
    .map(Number);
  return [
    found[7] ?? "",
    {
      size_total: fragment * total,
      size_available: fragment * available,
      block_size: block,
      block_total: total,
      block_available: available,
      block_used: total - available,
      inode_total: inodes,
      inode_available: free,
      inode_used: inodes - free,
    },
  ];
}
