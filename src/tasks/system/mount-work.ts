import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { type RemoteFile, settleContent } from "../remote/content.js";
import { type ByteText, byteText } from "../text-edit/byte-text.js";
import { makeParents } from "../text-edit/edited-file.js";
import { askState } from "./machine-state.js";
import { isFrom, type Mounted, mountedAt, parseMounts } from "./mounts.js";
import { change } from "./tools.js";

/** What is mounted where, and what fstab says. */
export interface MountState {
  readonly fstab: { readonly path: string; readonly file: RemoteFile | undefined; readonly form: ByteText };
  /** At the path, links followed. */
  readonly mounted: Mounted | undefined;
  /** Whether that is of the source asked for. */
  readonly isSource: boolean;
}

/** UUID= and links of /dev/disk are names of a device. */
const STATE = `say_file fstab "$1"
say mount </proc/self/mountinfo
real=$(readlink -f -- "$2") && printf 'real %s\\n' "$real"
case $3 in
  *UUID=* | *LABEL=*) device=$(findfs "$3" 2>/dev/null) ;;
  /*) device=$(readlink -f -- "$3") ;;
esac
[ -z "\${device-}" ] || printf 'device %s\\n' "$device"
exit 0`;

/** @throws ModuleFailure */
export async function askMounts(
  fstab: string,
  path: string,
  src: string,
  context: ModuleContext,
): Promise<MountState> {
  const state = await askState(context, "mount-state", STATE, [fstab, path, src], "ask what is mounted");
  const file = state.files("fstab")[0]?.file;
  const mounts = parseMounts(state.lines("mount"));
  const mounted = mountedAt(mounts, state.text("real") ?? path);
  const sources = [src, ...state.lines("device")];
  return {
    fstab: { path: fstab, file, form: byteText(file?.content) },
    mounted,
    isSource: mounted !== undefined && sources.some((source) => isFrom(mounts, mounted, source)),
  };
}

/** Writes fstab. @returns the path of the old one when it was kept. @throws ModuleFailure */
export async function writeFstab(
  { fstab }: MountState,
  text: string,
  backup: boolean,
  context: ModuleContext,
): Promise<string> {
  const { path, file: before, form } = fstab;
  if (!before) await makeParents(path, context);
  const content = form.bytes(text);
  const { fields } = await settleContent(context, { path, content, before, attributes: {}, backup });
  const kept = fields["backup_file"];
  return typeof kept === "string" ? kept : "";
}

/** Undoes that: a bad entry may keep the machine from booting. @throws ModuleFailure */
export async function restoreFstab(
  { fstab }: MountState,
  text: string,
  context: ModuleContext,
): Promise<void> {
  const { path, file, form } = fstab;
  if (!file) {
    await change(context, "remove", 'rm -f -- "$1"', [path], { what: `remove ${path}` });
    return;
  }
  const before = { ...file, content: form.bytes(text) };
  await settleContent(context, { path, content: file.content, before, attributes: {} });
}

/** How a file system is mounted: by fstab unless type and source are given. */
export interface MountOptions {
  /** Another fstab than the machine's. */
  readonly fstab?: string | undefined;
  readonly fstype?: string;
  readonly opts?: string | undefined;
  readonly src?: string;
}

/** Directories that were made for a mount which fails go away again. */
const MOUNT = `verb=$1 path=$2 fstab=$3 fstype=$4 opts=$5 src=$6
set --
[ -z "$fstab" ] || set -- "$@" -T "$fstab"
[ -z "$fstype" ] || set -- "$@" -t "$fstype"
[ -z "$opts" ] || set -- "$@" -o "$opts"
[ -z "$src" ] || set -- "$@" "$src"
made= parent=$path
while [ "$parent" ] && [ ! -e "$parent" ]; do made=$parent; parent=\${parent%/*}; done
undo() {
  [ "$made" ] || return 0
  while [ "$path" != "$made" ]; do rmdir -- "$path"; path=\${path%/*}; done
  rmdir -- "$made"
}
case $verb in
  mount) mkdir -p -- "$path" && mount "$@" "$path" || { code=$?; undo; exit "$code"; } ;;
  remount) mount -o remount "$@" "$path" || { umount "$path" && mount "$@" "$path"; } ;;
  refresh) mount -o remount "$@" "$path" ;;
  replace) umount "$path" && mount "$@" "$path" ;;
esac`;

/**
 * Mounts, mounts again with other options (by unmounting where that fails; `refresh` never does), or puts another in place.
 * @throws ModuleFailure
 */
export async function mountAt(
  verb: "mount" | "remount" | "refresh" | "replace",
  path: string,
  { fstab = "", fstype = "", opts = "", src = "" }: MountOptions,
  context: ModuleContext,
): Promise<void> {
  if (!path.startsWith("/")) throw new ModuleFailure(`cannot mount at '${path}': it is no absolute path`);
  const args = [verb, path.replace(/(?<=.)\/+$/, ""), fstab, fstype, opts, src];
  await change(context, "mount", MOUNT, args, { what: `${verb === "mount" ? "" : "re"}mount ${path}` });
}

/** Unmounts what is there. @throws ModuleFailure */
export async function unmount(path: string, context: ModuleContext): Promise<void> {
  await change(context, "umount", 'umount "$1"', [path], { what: `unmount ${path}` });
}

/** Removes the directory of a mount that is gone; one that is not there is no error. @throws ModuleFailure */
export async function removeMountPoint(path: string, context: ModuleContext): Promise<void> {
  const text = '[ ! -e "$1" ] || rmdir -- "$1"';
  await change(context, "rmdir", text, [path], { what: `remove ${path}` });
}
