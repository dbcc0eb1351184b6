import { chmod, lchown, mkdir, open, rename, rm, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { decodeFile } from "../downloads/response.js";
import { ModuleFailure } from "../module/failure.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { encodeName } from "./encode-name.js";
import type { SyncContext, SyncOptions } from "./options.js";
import { type EntryChange, type SyncPlan, wantedOwner } from "./plan.js";
import type { TreeEntry } from "./tree.js";

/** Of one answer; base64 makes a third more of it. */
const PORTION = 4 * 1024 * 1024;
const BLOCK = 64 * 1024;
const MOST_FILES = 1_000;

/** Takes lines `BLOCKS BYTES NAME` on stdin: prints each file's bytes from that block on, encoded. */
const SEND = `export LC_ALL=C
case $1 in "~" | "~/"*) root="$HOME\${1#"~"}" ;; *) root=$1 ;; esac
cd "$root" || exit
while read -r skip bytes name; do
  name=$(printf '%b.' "$name")
  name=./\${name%.}
  [ -r "$name" ] || { echo "cannot read $name" >&2; exit 1; }
  portion() { dd if="$name" bs=${BLOCK} skip="$skip" count=${PORTION / BLOCK} 2>/dev/null | head -c "$bytes"; }
  if command -v base64 >/dev/null 2>&1; then printf 'base64:'; portion | base64 | tr -d '\\n'; else printf 'hex:'; portion | od -An -v -tx1 | tr -d ' \\n'; fi
  echo
done`;

interface Portion {
  readonly entry: TreeEntry;
  /** In blocks. */
  readonly from: number;
  readonly bytes: number;
}

/** Carries a plan out on the controller. @param nameAt of an entry within the machine's root @throws ModuleFailure */
export async function pull(
  context: SyncContext,
  root: string,
  to: string,
  plan: SyncPlan,
  options: SyncOptions,
  nameAt: (entry: TreeEntry) => string,
): Promise<void> {
  if (context.check) return;
  await mkdir(to, { recursive: true });
  for (const name of plan.remove) await rm(join(to, name), { recursive: true, force: true });
  for (const entry of plan.send)
    if (entry.type === "directory") await mkdir(join(to, entry.name), { recursive: true });
    else if (entry.type === "link") await makeLink(join(to, entry.name), entry.target ?? "");
  for (const batch of batches(plan.send.filter(({ type }) => type === "file")))
    await receive(context, root, to, batch, nameAt);
  for (const entry of [...plan.send].reverse()) await settle(to, asChange(entry, options));
  for (const change of plan.set) await settle(to, change);
}

async function makeLink(path: string, target: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}

/** Small files together, large ones in portions of their own. */
export function batches(files: readonly TreeEntry[]): Portion[][] {
  const all: Portion[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const entry of files)
    for (let from = 0; from === 0 || from < entry.size; from += PORTION) {
      const bytes = Math.min(PORTION, entry.size - from);
      if (size + bytes > PORTION || (all.at(-1)?.length ?? 0) >= MOST_FILES) {
        all.push([]);
        size = 0;
      }
      all.at(-1)?.push({ entry, from: from / BLOCK, bytes });
      size += bytes;
    }
  return all;
}

async function receive(
  context: SyncContext,
  root: string,
  to: string,
  batch: readonly Portion[],
  nameAt: (entry: TreeEntry) => string,
): Promise<void> {
  const lines = batch.map(({ entry, from, bytes }) => `${from} ${bytes} ${encodeName(nameAt(entry))}\n`);
  const { code, stdout, stderr } = await context.ask(
    script("sync-send", SEND, [root], { stdin: lines.join(""), readOnly: true }),
  );
  if (code !== 0)
    throw new ModuleFailure(`cannot read from ${root}: ${lastLine(stderr, code)}`, { rc: code, stderr });
  const contents = stdout.split("\n");
  for (const [index, portion] of batch.entries()) {
    const content = decodeFile(contents[index] ?? "");
    if (content.length !== portion.bytes)
      throw new ModuleFailure(`${portion.entry.name} of ${root} changed while it was read`);
    await store(join(to, portion.entry.name), content, portion);
  }
}

/** Beside the file until it is whole. */
async function store(path: string, content: Buffer, { entry, from, bytes }: Portion): Promise<void> {
  const part = `${path}.farm.${process.pid}`;
  const handle = await open(part, from === 0 ? "w" : "a", 0o600);
  try {
    await handle.write(content);
  } finally {
    await handle.close();
  }
  if (from * BLOCK + bytes < entry.size) return;
  await chmod(part, 0o644);
  await rename(part, path);
}

/** What a new entry is given; a directory's time is left as it is. */
function asChange(entry: TreeEntry, { perms, times, owner, group }: SyncOptions): EntryChange {
  const isLink = entry.type === "link";
  return {
    name: entry.name,
    ...(perms && !isLink && { mode: entry.mode }),
    ...(times && entry.type === "file" && { mtime: entry.mtime }),
    owner: `${wantedOwner(owner, entry.uid) ?? ""}:${wantedOwner(group, entry.gid) ?? ""}`,
  };
}

async function settle(to: string, { name, mode, mtime, owner }: EntryChange): Promise<void> {
  const path = join(to, name);
  const [uid, gid] = (owner ?? ":").split(":").map((part) => (/^\d+$/.test(part) ? Number(part) : -1));
  if (process.getuid?.() === 0 && (uid !== -1 || gid !== -1)) await lchown(path, uid ?? -1, gid ?? -1);
  if (mode !== undefined) await chmod(path, mode);
  if (mtime !== undefined) await utimes(path, mtime, mtime);
}
