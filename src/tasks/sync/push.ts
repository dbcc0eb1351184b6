import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Content } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { encodeName } from "./encode-name.js";
import type { SyncContext, SyncOptions } from "./options.js";
import { type SyncPlan, wantedOwner } from "./plan.js";
import { writeTar } from "./tar-writer.js";
import type { TreeEntry } from "./tree.js";

/**
 * Takes lines on stdin, `WHAT VALUE NAME` with the name as printf's %b reads it, then `end`, then a tar archive. What is to be removed goes first, what is to be
 * set comes last.
 */
const PUSH = `export LC_ALL=C
case $1 in "~" | "~/"*) root="$HOME\${1#"~"}" ;; *) root=$1 ;; esac
flags=$2 archive=$3
work=$(mktemp -d) || exit
trap 'rm -rf -- "$work"' EXIT
trap 'exit 143' TERM
while IFS= read -r line && [ "$line" != end ]; do printf '%s\\n' "$line"; done >"$work/lines"
[ -d "$root" ] || mkdir -- "$root" || exit
cd "$root" || exit
each() {
  while read -r what value name; do
    [ "$what" = "$1" ] || continue
    name=$(printf '%b.' "$name")
    name=./\${name%.}
    case $what in
      remove) rm -rf -- "$name" ;;
      owner) chown -h "$value" "$name" ;;
      mode) chmod "$value" "$name" ;;
      time) touch -h -d "@$value" "$name" 2>/dev/null || touch -d "@$value" "$name" ;;
    esac || return
  done <"$work/lines"
}
each remove || exit
if [ "$archive" ]; then tar -x $flags -f - || exit; fi
each owner && each mode && each time`;

/** Where an entry's content is on the controller. */
export type SourceOf = (entry: TreeEntry) => string;

/** Carries a plan out on the machine. @throws ModuleFailure */
export async function push(
  context: SyncContext,
  root: string,
  plan: SyncPlan,
  options: SyncOptions,
  sourceOf: SourceOf,
): Promise<void> {
  if (context.check) return;
  const directory = await mkdtemp(join(tmpdir(), "farm-sync-"));
  try {
    const head = `${commandLines(plan).join("\n")}\nend\n`;
    const stdin = await withArchive(join(directory, "tar"), head, plan, options, sourceOf);
    const args = [root, tarFlags(options), plan.send.length > 0 ? "archive" : ""];
    const { code, stdout, stderr } = await context.act(script("sync", PUSH, args, { stdin }));
    if (code !== 0)
      throw new ModuleFailure(`cannot write to ${root}: ${lastLine(stderr, code)}`, {
        rc: code,
        stdout,
        stderr,
      });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function withArchive(
  file: string,
  head: string,
  { send }: SyncPlan,
  options: SyncOptions,
  sourceOf: SourceOf,
): Promise<Content> {
  if (send.length === 0) return head;
  const owned = send.map((entry) => ({
    ...entry,
    ...accountOf("uid", "owner", wantedOwner(options.owner, entry.uid)),
    ...accountOf("gid", "group", wantedOwner(options.group, entry.gid)),
  }));
  const bytes = await writeTar(file, head, owned, sourceOf);
  return { file, bytes };
}

/** Of what nobody cares for, root's: only root's tar looks at it. */
function accountOf(idKey: "uid" | "gid", nameKey: "owner" | "group", wanted = "0"): Partial<TreeEntry> {
  const isNumber = /^\d+$/.test(wanted);
  return { [idKey]: isNumber ? Number(wanted) : 0, [nameKey]: isNumber ? "" : wanted };
}

const tarFlags = ({ perms, times }: SyncOptions): string =>
  [perms ? "-p" : "", times ? "" : "-m"].filter(Boolean).join(" ");

/** What is to be removed and set, as the script reads it. */
export function commandLines({ remove, set }: SyncPlan): string[] {
  return [
    ...remove.map((name) => `remove - ${encodeName(name)}`),
    ...set.flatMap(({ name, mode, mtime, owner }) => [
      ...(owner === undefined ? [] : [`owner ${owner.replace(/:$/, "")} ${encodeName(name)}`]),
      ...(mode === undefined ? [] : [`mode ${mode.toString(8)} ${encodeName(name)}`]),
      ...(mtime === undefined ? [] : [`time ${mtime} ${encodeName(name)}`]),
    ]),
  ];
}
