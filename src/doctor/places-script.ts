import { parsePairs, parseSections } from "../libvirt/inspect/inspect-script.js";
import type { Command } from "../transport/shell.js";

const SCRIPT = `mark=$1 pool=$2 emulator=$3
shift 3
export LC_ALL=C
section() { printf '\\n%s %s\\n' "$mark" "$1"; }
case $pool in "~/"*) pool=$HOME/\${pool#??} ;; esac
section pool
echo "path=$pool"
while [ ! -e "$pool" ] && [ "$pool" != / ]; do pool=\${pool%/*}; pool=\${pool:-/}; done
echo "exists=$pool"
[ -d "$pool" ] && [ -w "$pool" ] && echo writable=yes
df -Pk -- "$pool" 2>/dev/null | awk 'NR == 2 { print "free=" $4 }'
section readable
for file; do [ -r "$file" ] && printf '%s\\n' "$file"; done
section efi
for file in /usr/share/qemu/firmware/*.json /etc/qemu/firmware/*.json "$HOME/.config/qemu/firmware/"*.json; do
  [ -r "$file" ] && sed -n 's/.*"architecture": *"\\([^"]*\\)".*/\\1/p' "$file"
done
section netdev
[ -n "$emulator" ] && "$emulator" -machine none -netdev help </dev/null 2>&1
section end`;

interface PlacesRequest {
  /** A directory there; `~/` is the home. */
  readonly pool: string;
  /** QEMU's program of some architecture; empty when there is none. */
  readonly emulator: string;
  /** Paths that VMs name: firmware and the like. */
  readonly files: readonly string[];
}

/** Looks at what VMs would use there. @param mark random, frames the answers */
export const placesCommand = ({ pool, emulator, files }: PlacesRequest, mark: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "sh", mark, pool, emulator, ...files],
  readOnly: true,
  timeoutMs: 30_000,
});

/** What `placesCommand` found. */
export interface Places {
  readonly pool: {
    readonly path: string;
    /** It, or the directory that it would be made in. */
    readonly exists: string;
    readonly writable: boolean;
    readonly freeBytes: number | undefined;
  };
  readonly readable: ReadonlySet<string>;
  /** QEMU's architectures for which libvirt finds a UEFI firmware by itself. */
  readonly efi: ReadonlySet<string>;
  /** QEMU has a user network of its own. */
  readonly userNetwork: boolean;
}

/** @returns undefined when the script did not come to its end */
export function parsePlaces(stdout: string, mark: string): Places | undefined {
  const sections = parseSections(stdout, mark);
  if (!sections.has("end")) return undefined;
  const pool = parsePairs(sections.get("pool"));
  const free = Number(pool.get("free") ?? Number.NaN) * 1024;
  const lines = (name: string) => (sections.get(name) ?? "").split("\n").map((line) => line.trim());
  return {
    pool: {
      path: pool.get("path") ?? "",
      exists: pool.get("exists") ?? "",
      writable: pool.has("writable"),
      freeBytes: Number.isFinite(free) ? free : undefined,
    },
    readable: new Set(lines("readable").filter(Boolean)),
    efi: new Set(lines("efi").filter(Boolean)),
    userNetwork: lines("netdev").includes("user"),
  };
}
