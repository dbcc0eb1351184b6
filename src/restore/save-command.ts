import { posix } from "node:path";
import type { Command } from "../transport/shell.js";
import { type Manifest, pointsDirectory } from "./manifest.js";

// Named by the VM's directory, whose lock we hold: another one of that name is of a farm that died.
// The lock on the part is for a script that outlives its farm: nobody removes what it may still make a point of.
// The point is written down as needed by the VM before it is there, so that it is never there and unneeded.
// The memory comes last of what can fail by itself and first of what cannot be taken back: until it is saved the guest runs on.
const SCRIPT = `
uri=$1 uuid=$2 points=$3 name=$4 directory=$5 live=$6
shift 6
part=$points/$name.part-\${directory##*/}
umask 066
nvram=$directory/nvram.fd
if [ -e "$nvram" ] && [ ! -r "$nvram" ]; then echo "$nvram is for QEMU's user only" >&2; exit 3; fi
mkdir -p -- "$points" && chmod 0711 -- "$points" && rm -rf -- "$points"/*.part-"\${directory##*/}" && mkdir -- "$part" || exit 3
exec 8<"$part" && flock -n 8 || exit 3
if [ "$live" = 1 ]; then
  virsh -q -c "$uri" save --domain "$uuid" --file "$part/memory" 8<&- || { rm -rf -- "$part"; exit 3; }
  virsh -q -c "$uri" save-image-dumpxml --file "$part/memory" >"$part/domain.xml" || exit 4
fi
IFS= read -r manifest && printf '%s\\n' "$manifest" >"$part/manifest.json" && cat >"$part/state.json" || exit 4
for disk; do
  mv -- "$directory/disk-$disk.qcow2" "$part/" && chmod 0444 -- "$part/disk-$disk.qcow2" || exit 4
done
for file in nvram.fd seed.iso; do
  [ ! -f "$directory/$file" ] || cp -- "$directory/$file" "$part/" || exit 4
done
# A system daemon keeps the memory's file for root.
sync -- "$part"/* "$part" 2>/dev/null || sync -f -- "$part" || exit 4
printf '%s\\n' "$name" >>"$directory/point" || exit 4
mv -T -- "$part" "$points/$name" || exit 4
sync -- "$points"`;

/** The guest's memory could not be saved: it runs as if nothing had been. */
export const NOT_SAVED = 3;

interface Save {
  readonly pool: string;
  readonly uri: string;
  readonly uuid: string;
  readonly manifest: Manifest;
  /** What tasks have left for later ones, as one line of JSON. */
  readonly state: string;
}

/**
 * Ends the guest and makes a restore point of what it was; the rename of the directory is what makes it one. Exit status 3: nothing was
 * done. Any other but 0: the guest is gone, and there is no point.
 */
export function saveCommand({ pool, uri, uuid, manifest, state }: Save): Command {
  const { name, domain, live, disks } = manifest;
  const paths = [pointsDirectory(pool), name, domain.directory, live ? "1" : "0"];
  return {
    argv: ["sh", "-c", SCRIPT, "farm-save", uri, uuid, ...paths, ...disks.map(String)],
    env: { LC_ALL: "C" },
    stdin: `${JSON.stringify(manifest)}\n${state}\n`,
    timeoutMs: 600_000,
  };
}

// The shared lock keeps the point from being removed until it is written down that this VM needs it.
const LEAVES = `
points=$1 name=$2 directory=$3
shift 3
exec 9>>"$points/lock" && flock -s 9 || exit 1
[ -f "$points/$name/manifest.json" ] || exit 66
umask 066
mkdir -p -- "$directory" && rm -f -- "$directory"/disk-*.qcow2 "$directory/nvram.fd" "$directory/seed.iso" || exit 1
printf '%s\\n' "$name" >"$directory/point" && touch -- "$points/$name/manifest.json" || exit 1
[ ! -f "$directory.lock" ] || cp -- "$directory.lock" "$directory/by" || exit 1
flock -u 9
umask 077
for disk; do
  qemu-img create -q -f qcow2 -b "$points/$name/disk-$disk.qcow2" -F qcow2 "$directory/disk-$disk.qcow2" || exit 1
done
for file in nvram.fd seed.iso; do
  [ ! -f "$points/$name/$file" ] || cp -- "$points/$name/$file" "$directory/" || exit 1
done
cat -- "$points/$name/state.json" || exit 1
[ ! -f "$points/$name/domain.xml" ] || cat -- "$points/$name/domain.xml"`;

/** The point was removed meanwhile. */
export const POINT_GONE = 66;

/** Makes a VM's directory with an empty disk of its own on each of the point's; prints a line with the state of tasks, and the XML
 * of the saved domain if its memory was saved. */
export function leavesCommand(pool: string, directory: string, point: Manifest): Command {
  const paths = [pointsDirectory(pool), point.name, directory];
  return {
    argv: ["sh", "-c", LEAVES, "farm-leaves", ...paths, ...point.disks.map(String)],
    timeoutMs: 60_000,
  };
}

/** Where a VM's saved memory is. */
export const memoryPath = (pool: string, { name }: Manifest): string =>
  posix.join(pointsDirectory(pool), name, "memory");
