import { posix } from "node:path";
import { renderXml } from "../libvirt/xml.js";
import type { Command } from "../transport/shell.js";
import { type Manifest, pointsDirectory } from "./manifest.js";
import { NOT_SAVED } from "./save-command.js";

/**
 * The disks are a system daemon's user's for as long as the guest runs, and we are neither root nor he: they can be frozen only when it has
 * ended, as `saveCommand` does.
 */
export const NOT_OURS = 5;

// How parts are named and locked, and why: save-command.ts. All that can fail comes before the snapshot; what the disks write from then on goes
// into new layers, which say that they stand on the point. The files they were in have a second name in the part. The guest stands still while
// its firmware's variables are copied, so that they fit its memory. New layers stay where it failed: a daemon may go on that virsh was cut off
// from, and then the guest writes to them; QEMU's lock on them keeps us from taking another point. virsh opens /dev/stdin by name: it cannot where stdin is a socket.
const SNAPSHOT = `
uri=$1 uuid=$2 points=$3 name=$4 directory=$5 from=$6 to=$7
shift 7
part=$points/$name.part-\${directory##*/}
umask 066
nvram=$directory/nvram.fd
if [ -e "$nvram" ] && [ ! -r "$nvram" ]; then echo "$nvram is for QEMU's user only" >&2; exit ${NOT_SAVED}; fi
for disk; do [ "$(id -u)" = 0 ] || [ -O "$directory/disk-$disk$from.qcow2" ] || exit ${NOT_OURS}; done
mkdir -p -- "$points" && chmod 0711 -- "$points" && rm -rf -- "$points"/*.part-"\${directory##*/}" && mkdir -- "$part" || exit ${NOT_SAVED}
exec 8<"$part" && flock -n 8 || exit ${NOT_SAVED}
give_up() {
  # Also for a daemon that died: the next one finds the guest as it stood.
  virsh -q -c "$uri" resume --domain "$uuid" 8<&- >/dev/null 2>&1
  rm -rf -- "$part"
  exit ${NOT_SAVED}
}
IFS= read -r manifest && printf '%s\\n' "$manifest" >"$part/manifest.json" || give_up
IFS= read -r state && printf '%s\\n' "$state" >"$part/state.json" || give_up
for disk; do
  layer=$directory/disk-$disk$from.qcow2
  # Where a qcow2 file tells the size of the disk; qemu-img does not open one that QEMU writes to.
  bytes=$(od -An -tu8 --endian=big -j24 -N8 -- "$layer") && ln -- "$layer" "$part/disk-$disk.qcow2" &&
    qemu-img create -q -u -f qcow2 -b "$points/$name/disk-$disk.qcow2" -F qcow2 "$directory/disk-$disk$to.qcow2" "\${bytes##* }" || give_up
done
[ ! -f "$directory/seed.iso" ] || cp -- "$directory/seed.iso" "$part/" || give_up
if [ -f "$nvram" ]; then
  virsh -q -c "$uri" suspend --domain "$uuid" 8<&- && cp -- "$nvram" "$part/" || give_up
fi
cat | virsh -q -c "$uri" snapshot-create --domain "$uuid" --xmlfile /dev/stdin --no-metadata --atomic --reuse-external 8<&- >/dev/null || give_up
[ ! -f "$nvram" ] || virsh -q -c "$uri" resume --domain "$uuid" 8<&-`;

// The point is written down as needed by the VM before it is there, so that it is never there and unneeded. The rename makes it a point.
const COMMIT = `
uri=$1 points=$2 name=$3 directory=$4
shift 4
part=$points/$name.part-\${directory##*/}
umask 066
exec 8<"$part" && flock -n 8 || exit 1
give_up() { rm -rf -- "$part"; exit 1; }
virsh -q -c "$uri" save-image-dumpxml --file "$part/memory" 8<&- >"$part/domain.xml" || give_up
for disk; do chmod 0444 -- "$part/disk-$disk.qcow2" || give_up; done
# A system daemon keeps the memory's file for root.
sync -- "$part"/* "$part" 2>/dev/null || sync -f -- "$part" || give_up
printf '%s\\n' "$name" >>"$directory/point" || give_up
mv -T -- "$part" "$points/$name" || give_up
sync -- "$points"`;

interface Snapshot {
  readonly pool: string;
  readonly uri: string;
  readonly uuid: string;
  readonly manifest: Manifest;
  /** What tasks have left for later ones, as one line of JSON. */
  readonly state: string;
  /** How many layers each disk of the VM has had before. */
  readonly layer: number;
}

/** The file in a VM's directory that a disk is written to after so many snapshots. */
export const layerName = (disk: number, layer: number): string => `disk-${disk}${suffix(layer)}.qcow2`;

const suffix = (layer: number): string => (layer === 0 ? "" : `.${layer}`);

/**
 * Takes a running guest's memory and disks for a restore point, and lets it go on with new layers; `commitCommand` then makes them one. Exit
 * status NOT_SAVED: nothing was done, NOT_OURS: nothing can be.
 */
export function snapshotCommand({ pool, uri, uuid, manifest, state, layer }: Snapshot): Command {
  const { name, domain, disks } = manifest;
  const points = pointsDirectory(pool);
  const part = posix.join(points, `${name}.part-${posix.basename(domain.directory)}`);
  const file = (disk: number, at: number) => posix.join(domain.directory, layerName(disk, at));
  const xml = renderXml({
    domainsnapshot: {
      memory: { "@snapshot": "external", "@file": posix.join(part, "memory") },
      disks: {
        disk: disks.map((disk) => ({
          "@name": file(disk, layer),
          "@snapshot": "external",
          driver: { "@type": "qcow2" },
          source: { "@file": file(disk, layer + 1) },
        })),
      },
    },
  });
  const layers = [suffix(layer), suffix(layer + 1), ...disks.map(String)];
  return {
    argv: ["sh", "-c", SNAPSHOT, "farm-snapshot", uri, uuid, points, name, domain.directory, ...layers],
    env: { LC_ALL: "C" },
    stdin: `${JSON.stringify(manifest)}\n${state}\n${xml}`,
    timeoutMs: 600_000,
  };
}

/** Writes what was taken to the platter and makes a restore point of it. When it fails there is none, and the guest goes on all the same. */
export function commitCommand({ pool, uri, manifest }: Pick<Snapshot, "pool" | "uri" | "manifest">): Command {
  const { name, domain, disks } = manifest;
  const args = [uri, pointsDirectory(pool), name, domain.directory, ...disks.map(String)];
  return {
    argv: ["sh", "-c", COMMIT, "farm-commit", ...args],
    env: { LC_ALL: "C" },
    timeoutMs: 600_000,
  };
}
