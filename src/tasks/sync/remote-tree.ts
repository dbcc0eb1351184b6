import { ModuleFailure } from "../module/failure.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import type { SyncContext } from "./options.js";
import { isInside, type TreeEntry } from "./tree.js";

/** A tree of the machine, as far as it is there. */
export interface RemoteTree {
  /** What the root is. */
  readonly root: "directory" | "file" | "none";
  readonly entries: readonly TreeEntry[];
  /** Whether the task's user can give files away. */
  readonly asRoot: boolean;
}

const LOOK = `export LC_ALL=C
case $1 in "~" | "~/"*) root="$HOME\${1#"~"}" ;; *) root=$1 ;; esac
top=$2 sum=$3 follow=$4
case $root in *[!/]*) ;; *) root=/ ;; esac
echo begin
[ "$(id -u)" != 0 ] || echo 'as root'
if [ -d "$root" ]; then echo 'root directory'; elif [ -e "$root" ] || [ -L "$root" ]; then echo 'root file'; exit; else exit 0; fi
cd "$root" || exit
[ -z "$top" ] || [ -e "./$top" ] || [ -L "./$top" ] || exit 0
find $follow "./$top" -exec stat $follow -c 'entry %f %a %u %g %U %G %s %Y %n' {} + || exit
[ -z "$sum" ] || find $follow "./$top" -type f -exec sha1sum {} + || exit
echo links
[ "$follow" ] || find "./$top" -type l -exec sh -c 'for name; do to=$(readlink -- "$name"; echo x); printf "%s\\0%s\\0" "$name" "\${to%?x}"; done' sh {} +`;

/** @param top only this of it, and what is in it; undefined: all @throws ModuleFailure */
export async function remoteTree(
  context: SyncContext,
  root: string,
  top: string | undefined,
  { checksum, copyLinks }: { checksum: boolean; copyLinks: boolean },
): Promise<RemoteTree> {
  const args = [root, top ?? "", checksum ? "sum" : "", copyLinks ? "-L" : ""];
  const { code, stdout, stderr } = await context.ask(script("sync-look", LOOK, args, { readOnly: true }));
  if (code !== 0)
    throw new ModuleFailure(`cannot look into ${root}: ${lastLine(stderr, code)}`, { rc: code, stderr });
  if (!stdout.startsWith("begin\n"))
    throw new ModuleFailure(`there are too many files in ${root} to be compared: synchronize parts of it`);
  return parseRemoteTree(stdout);
}

const ENTRY = /^entry ([0-9a-f]+) ([0-7]+) (\d+) (\d+) (\S+) (\S+) (\d+) (-?\d+) \.\/([\s\S]*)$/;
const TYPES: ReadonlyMap<number, TreeEntry["type"]> = new Map([
  [0o10, "file"],
  [0o04, "directory"],
  [0o12, "link"],
]);

/** What the look script printed; names that lead out of the tree are no names. */
export function parseRemoteTree(stdout: string): RemoteTree {
  const end = stdout.lastIndexOf("\nlinks\n");
  const [told, linked] = end < 0 ? [stdout, ""] : [stdout.slice(0, end + 1), stdout.slice(end + 7)];
  const words = linked.split("\0");
  const targets = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2)
    targets.set((words[index] ?? "").replace(/^\.\//, ""), words[index + 1] ?? "");
  const records = told
    .split(/^(?=entry |\\?[0-9a-f]{40} {2}\.\/)/m)
    .map((record) => record.replace(/\n$/, ""));
  const checksums = new Map(records.flatMap((record) => parseChecksum(record) ?? []));
  const entries = records.flatMap((record) => parseEntry(record, targets, checksums) ?? []);
  const root = /^root (directory|file)$/m.exec(told)?.[1] as "directory" | "file" | undefined;
  return { root: root ?? "none", entries, asRoot: /^as root$/m.test(told) };
}

/** GNU writes a backslash before a line whose name has line breaks and backslashes written as in C. */
function parseChecksum(record: string): [[string, string]] | undefined {
  const [, escaped, sum, name] = /^(\\?)([0-9a-f]{40}) {2}\.\/([\s\S]*)$/.exec(record) ?? [];
  if (sum === undefined || name === undefined) return undefined;
  const plain = name.replace(/\\([\\n])/g, (_all, letter) => (letter === "n" ? "\n" : "\\"));
  return [[escaped === "" ? name : plain, sum]];
}

function parseEntry(
  record: string,
  targets: ReadonlyMap<string, string>,
  checksums: ReadonlyMap<string, string>,
): TreeEntry | undefined {
  const found = ENTRY.exec(record);
  if (!found) return undefined;
  const [, raw = "", mode = "", uid, gid, owner = "", group = "", size, mtime, name = ""] = found;
  const type = TYPES.get(Number.parseInt(raw, 16) >> 12);
  if (type === undefined || !isInside(name)) return undefined;
  const [target, checksum] = [targets.get(name), checksums.get(name)];
  return {
    name,
    type,
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    owner: owner === "UNKNOWN" ? String(uid) : owner,
    group: group === "UNKNOWN" ? String(gid) : group,
    size: Number(size),
    mtime: Number(mtime),
    ...(type === "link" && { target: target ?? "" }),
    ...(checksum !== undefined && { checksum }),
  };
}
