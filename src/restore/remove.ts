import { HypervisorError } from "../errors.js";
import { imagesDirectory } from "../images/layout/store-layout.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, Shell } from "../transport/shell.js";
import { pointsDirectory } from "./manifest.js";

// Under the store's lock, so that no VM is just beginning to stand on what goes: see leavesCommand and vm-lock.ts. A lock that a VM's
// directory does not answer with who holds it is of one that has not said what it needs.
const LOOK = `
points=$1 vms=$2 images=$3 own=$4
shift 4
export LC_ALL=C
if [ "$(id -u)" = 0 ]; then umask 066; else umask 077; fi
for directory in "$points" "$vms"; do [ -d "$directory" ] || mkdir -- "$directory" 2>/dev/null || [ -d "$directory" ] || exit 1; done
exec 9>>"$points/lock" && flock 9 || exit 1
starting= silent=
for lock in "$vms"/*.lock; do
  vm=\${lock##*/}
  vm=\${vm%.lock}
  case $vm in *[!A-Za-z0-9._+-]*) continue ;; esac
  [ -f "$lock" ] && [ "$vm" != "$own" ] && ! flock -n 8 8<"$lock" || continue
  [ "$(head -n 1 -- "$lock")" = "$(head -n 1 -- "$vms/$vm/by" 2>/dev/null)" ] || starting="$starting $vm"
done
for directory in "$vms"/*/; do
  vm=\${directory%/}
  vm=\${vm##*/}
  case "$starting $own " in *" $vm "*) continue ;; esac
  [ ! -d "$directory" ] || [ -f "$directory/point" ] || [ -f "$directory/images" ] || silent=$vm
done`;

const REMOVE = `
gone() { printf 'removed %s\\n' "$1"; }
keep() { printf 'kept %s %s\\n' "$1" "$2"; }
failed() { keep "$1" 'it cannot be removed'; }
perhaps() {
  [ -z "$silent" ] || { keep "$1" "VM $silent does not say what it stands on"; return; }
  for vm in $starting; do
    case $1 in clean-* | sha256-*) ;; *) grep -qF -e "/farm/vms/\${vm%+*}\\"" -e "/farm/vms/\${vm%+*}+" -- "$points/$1/manifest.json" || continue ;; esac
    keep "$1" "VM $vm is being started and may need it"
    return
  done
  return 1
}
remove_part() {
  flock -n 8 || { keep "$1" 'its VM is being worked on'; return; }
  [ -e "$points/$1" ] || { gone "$1"; return; }
  flock -n 7 7<"$points/$1" || { keep "$1" 'it is still being made'; return; }
  rm -rf -- "$points/$1" && gone "$1" || failed "$1"
}
remove_point() {
  ! grep -qxF -- "$1" "$vms"/*/point 2>/dev/null || { keep "$1" 'a VM stands on it'; return; }
  ! grep -qF -- "\\"below\\":\\"$1\\"" "$points"/*/manifest.json 2>/dev/null || { keep "$1" 'another point is built on it'; return; }
  [ ! -f "$points/$1/manifest.json" ] || ! perhaps "$1" || return
  rm -f -- "$points/$1/manifest.json" && rm -rf -- "$points/$1" && gone "$1" || failed "$1"
}
remove_image() {
  ! perhaps "$1" || return
  ! grep -qF -- "/$1\\"" "$points"/*/manifest.json 2>/dev/null || { keep "$1" 'a point is built on it'; return; }
  ! cat -- "$vms"/*/images 2>/dev/null | grep -qF -- "/$1" || { keep "$1" 'a VM stands on it'; return; }
  sha=\${1#sha256-}
  sha=\${sha%.*}
  for index in "$images"/index/*.json; do
    case $index in */sha256-*) continue ;; esac
    ! grep -qF -- "\\"sha256\\":\\"$sha\\"" "$index" 2>/dev/null || rm -f -- "$index"
  done
  rm -f -- "$images/$1" "$images/index/sha256-$sha.json" && gone "$1" || failed "$1"
}
remove_download() {
  flock -n 8 || { keep "$1" 'it is being fetched'; return; }
  rm -rf -- "$images/$1" "$images/$1".* && gone "$1" || failed "$1"
}
for name; do
  key=\${name#fetch-}
  case $name in
    *.part-*) remove_part "$name" 8>>"$vms/\${name#*.part-}.lock" ;;
    sha256-*) remove_image "$name" ;;
    fetch-*) remove_download "$name" 8>>"$images/locks/\${key%%-*}" ;;
    *) remove_point "$name" ;;
  esac
done
exit 0`;

/**
 * Removes points, images, and half-made ones of both: those that still nobody needs when the store is locked.
 * @param own the VM whose lock the caller holds
 * @returns why each of the others is still there
 * @throws HypervisorError
 */
export async function removeStored(
  shell: Shell,
  pool: string,
  names: readonly string[],
  own = "",
): Promise<ReadonlyMap<string, string>> {
  const removable = names.filter(isRemovable);
  if (removable.length === 0) return new Map();
  const directories = [pointsDirectory(pool), `${pool}/farm/vms`, imagesDirectory(pool)];
  const command: Command = {
    argv: ["sh", "-c", LOOK + REMOVE, "farm-remove", ...directories, own, ...removable],
    timeoutMs: 600_000,
  };
  const { code, stdout, stderr } = await shell.run(command);
  if (code !== 0)
    throw new HypervisorError(`cannot remove what is kept on '${shell.name}': ${plainText(stderr)}`);
  return parseRemoved(stdout, removable);
}

/** Whatever is not told of as removed is still there. */
export function parseRemoved(stdout: string, names: readonly string[]): Map<string, string> {
  const told = new Map<string, string | undefined>();
  for (const line of stdout.split("\n")) {
    const [, verb, name = "", why = ""] = /^(removed|kept) (\S+) ?(.*)$/.exec(line) ?? [];
    if (verb !== undefined) told.set(name, verb === "removed" ? undefined : plainText(why));
  }
  return new Map(
    names.flatMap((name): [string, string][] => {
      const why = told.has(name) ? told.get(name) : "the hypervisor does not say what became of it";
      return why === undefined ? [] : [[name, why]];
    }),
  );
}

const REMOVABLE = [
  /^(?:clean|dependencies|init)-[0-9a-f]{16}-[0-9a-f]{8}(?:\.part-[A-Za-z0-9_][A-Za-z0-9._+-]*)?$/,
  /^sha256-[0-9a-f]{64}\.(?:qcow2|raw)$/,
  /^fetch-[0-9a-f]{32}-[A-Za-z0-9]+\.part$/,
];

/** What may be handed to `rm`: a file's or directory's own name as farm gives it, whatever a hypervisor says. */
export const isRemovable = (name: string): boolean => REMOVABLE.some((pattern) => pattern.test(name));
