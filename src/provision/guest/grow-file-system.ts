import type { StoredImage } from "../../images/layout/store-layout.js";
import { grownPartition } from "../../images/recipe/own-callback.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";
import type { Steps } from "../steps.js";
import { asRoot } from "./wake-up.js";

// The partition of that number on the disk that / is on. systemd-growfs asks the kernel by itself and needs no other program. btrfs has no
// device number of its own, so that its device's name says which partition it is.
const SCRIPT = `
partition() { cat "/sys/class/block/$1/partition" 2>/dev/null; }
disk() { basename "$(readlink -f "/sys/class/block/$1/..")"; }
device() {
  name=$(basename "$(readlink -f "/sys/dev/block/$1" 2>/dev/null)")
  [ -e "/sys/class/block/$name" ] || name=$(basename "$(readlink -f "$2")")
  printf %s "$name"
}
set -f
wanted=$1
system=
mounts=
while read -r _ _ numbers root place rest; do
  set -- \${rest##* - }
  [ "$root" = / ] || [ "$1" = btrfs ] || continue
  name=$(device "$numbers" "$2")
  [ "$place" = / ] && system=$(disk "$name")
  mounts="$mounts $name:$1:$place"
done </proc/self/mountinfo
found=
for mount in $mounts; do
  name=\${mount%%:*} kind=\${mount#*:} place=\${mount#*:*:}
  kind=\${kind%%:*}
  [ "$(partition "$name")" = "$wanted" ] && [ "$(disk "$name")" = "$system" ] || continue
  found=1
  for growfs in /usr/lib/systemd/systemd-growfs /lib/systemd/systemd-growfs; do
    [ -x "$growfs" ] && "$growfs" "$place" >/dev/null && exit 0
  done
  case $kind in
    ext*) resize2fs "/dev/$name" >/dev/null ;;
    xfs) xfs_growfs "$place" >/dev/null ;;
    btrfs) btrfs filesystem resize max "$place" >/dev/null ;;
    *) echo "a file system of type $kind cannot grow while it is mounted" >&2; exit 1 ;;
  esac
  exit
done
[ -n "$found" ] || { echo "partition $wanted of the system's disk is not mounted" >&2; exit 1; }
`;

/** Lets the mounted file system of a partition fill it. To be run as root, in the guest. */
export const growFileSystemCommand = (partition: number): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-grow", String(partition)],
  timeoutMs: 300_000,
});

/**
 * The partition whose file system farm itself lets grow: of a larger system disk, also where it grew before a callback of the user's,
 * and where cloud-init does not.
 */
export function partitionToGrow(
  { recipes: [recipe] }: Pick<PlacedVm, "recipes">,
  [image]: readonly Pick<StoredImage, "virtualSizeBytes">[],
): number | undefined {
  if (!recipe || !image || recipe.inject === "nocloud") return undefined;
  if ((recipe.sizeBytes ?? 0) > image.virtualSizeBytes && recipe.partitionNumber !== undefined)
    return recipe.partitionNumber;
  return recipe.made?.from && grownPartition(recipe.made.from.recipe);
}

/** Lets the file system of a guest that was booted for the first time grow, where farm has to; what fails is a warning. */
export async function growFileSystem(
  vm: PlacedVm,
  images: readonly StoredImage[],
  guest: Shell,
  run: RunContext,
  steps: Steps,
): Promise<void> {
  const partition = partitionToGrow(vm, images);
  if (partition === undefined) return;
  const command = asRoot(growFileSystemCommand(partition), vm);
  const grow = () => guest.run(command, { signal: run.stop });
  const { code, stderr } = await steps.run("grow", `partition ${partition}`, grow);
  if (code === 0) return;
  const message = `the file system of partition ${partition} did not grow: ${plainText(stderr) || `exit ${code}`}`;
  run.emit({ type: "warning", vm: vm.name, message });
}
