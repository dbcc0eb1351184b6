import { HypervisorError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, Shell } from "../transport/shell.js";
import type { StoredPoint } from "./garbage.js";
import { pointsDirectory, readManifest } from "./manifest.js";

/** What is in `farm/points` and `farm/vms` of one pool directory. */
export interface PointStore {
  readonly pool: string;
  readonly points: readonly StoredPoint[];
  /** Directories of VMs, and the point that each stands on; null for one that began with its images. */
  readonly vms: ReadonlyMap<string, string | null>;
  /** Half-made points, by the names of their directories. */
  readonly parts: readonly string[];
}

const LIST = `
for pool; do
  printf 'pool %s\\n' "$pool"
  for path in "$pool"/farm/points/*/; do
    path=\${path%/}
    case $path in *'/*') continue ;; *.part-*) printf 'part %s\\n' "\${path##*/}"; continue ;; esac
    [ -f "$path/manifest.json" ] || { printf 'part %s\\n' "\${path##*/}"; continue; }
    printf 'size %s %s\\n' "$(du -sk -- "$path" | cut -f 1)" "$(stat -c %Y -- "$path/manifest.json")"
    printf 'point %s ' "\${path##*/}"; cat -- "$path/manifest.json"
  done
  for path in "$pool"/farm/vms/*/; do
    path=\${path%/}
    case $path in *'/*') continue ;; esac
    printf 'vm %s %s\\n' "\${path##*/}" "$(cat -- "$path/point" 2>/dev/null)"
  done
done`;

const EVERY_POOL = `set --
[ -f "$HOME/.cache/farm/pools" ] || exit 0
while IFS= read -r pool; do set -- "$@" "$pool"; done <"$HOME/.cache/farm/pools"
${LIST}`;

const listCommand = (pool: string | undefined): Command => ({
  argv: pool === undefined ? ["sh", "-c", EVERY_POOL, "farm-store"] : ["sh", "-c", LIST, "farm-store", pool],
  readOnly: true,
  timeoutMs: 300_000,
});

/** Looks at one pool, or at all that this user's farms have used there. @throws HypervisorError */
export async function listStores(shell: Shell, pool?: string, signal?: AbortSignal): Promise<PointStore[]> {
  const { code, stdout, stderr } = await shell.run(listCommand(pool), { signal });
  if (code === 0) return parseStores(stdout);
  throw new HypervisorError(`cannot list restore points on '${shell.name}': ${plainText(stderr)}`);
}

/** What nothing of farm's has written counts as not there. */
export const parseStores = (stdout: string): PointStore[] =>
  stdout
    .split(/^pool /m)
    .slice(1)
    .map(parseStore);

function parseStore(text: string): PointStore {
  const [pool = "", ...lines] = text.split("\n");
  const points: StoredPoint[] = [];
  const vms = new Map<string, string | null>();
  const parts: string[] = [];
  let size = { bytes: 0, usedAt: 0 };
  for (const line of lines) {
    const [, word, name = "", rest = ""] = /^(\w+) (\S+) ?(.*)$/.exec(line) ?? [];
    if (word === "size") size = { bytes: Number(name) * 1024, usedAt: Number(rest) * 1000 };
    else if (word === "part") parts.push(name);
    else if (word === "vm") vms.set(name, rest || null);
    else if (word === "point") {
      const manifest = readManifest(name, rest);
      if (manifest) points.push({ manifest, ...size });
    }
  }
  return { pool, points, vms, parts };
}

// Under the store's lock, so that no VM is just beginning to stand on what goes. The manifest goes first: what is left of a removal that was
// cut off is no point.
const REMOVE = `
points=$1 vms=$2
shift 2
[ -d "$points" ] || exit 0
umask 066
mkdir -p -- "$vms" || exit 1
exec 9>>"$points/lock" && flock 9 || exit 1
for name; do
  path=$points/$name
  case $name in
  *.part-*)
    exec 8>>"$vms/\${name#*.part-}.lock" || continue
    flock -n 8 || { printf 'kept %s its VM is being worked on\\n' "$name"; continue; } ;;
  *)
    ! grep -qxF -- "$name" "$vms"/*/point 2>/dev/null || { printf 'kept %s a VM stands on it\\n' "$name"; continue; }
    ! grep -qF -- "\\"below\\":\\"$name\\"" "$points"/*/manifest.json 2>/dev/null ||
      { printf 'kept %s another point is built on it\\n' "$name"; continue; } ;;
  esac
  rm -f -- "$path/manifest.json" && rm -rf -- "$path" || { printf 'kept %s it cannot be removed\\n' "$name"; continue; }
  printf 'removed %s\\n' "$name"
done`;

/** Points and half-made ones that still nobody needs when the store is locked. @returns why each of the others is still there @throws HypervisorError */
export async function removePoints(
  shell: Shell,
  pool: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  const directories = [pointsDirectory(pool), `${pool}/farm/vms`];
  const command: Command = {
    argv: ["sh", "-c", REMOVE, "farm-remove", ...directories, ...names],
    timeoutMs: 600_000,
  };
  const { code, stdout, stderr } = await shell.run(command);
  if (code !== 0)
    throw new HypervisorError(`cannot remove restore points on '${shell.name}': ${plainText(stderr)}`);
  const kept = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const [, name, why] = /^kept (\S+) (.*)$/.exec(line) ?? [];
    if (name !== undefined && why !== undefined) kept.set(name, why);
  }
  return kept;
}

/** Names that may be given to `removePoints`: a directory's own name, whatever a hypervisor says. */
export const isRemovable = (name: string): boolean =>
  /^(?:clean|dependencies|init)-[0-9a-f]{16}-[0-9a-f]{8}(?:\.part-[A-Za-z0-9_][A-Za-z0-9._-]*)?$/.test(name);
