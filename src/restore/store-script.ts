/**
 * Prints a line for everything that farm has in pool directories, its arguments; changes nothing. Whether a lock is held is looked up
 * where the kernel lists them: trying it would be in the way of whoever comes for it.
 */
export const LIST_SCRIPT = `
export LC_ALL=C
locks=$(grep FLOCK /proc/locks 2>/dev/null)
size() { du -sk -- "$1" 2>/dev/null | cut -f 1; }
held() {
  inode=$(stat -c %i -- "$1" 2>/dev/null) || return 1
  case $locks in *":$inode "*) return 0 ;; esac
  return 1
}
state() { if held "$1"; then echo held; else echo free; fi; }
# Names that farm gives; the pattern itself, where nothing matches, is none.
ours() {
  path=\${1%/}
  name=\${path##*/}
  case $name in .* | *[!A-Za-z0-9._+-]*) return 1 ;; esac
}
for pool; do
  printf 'pool %s\\n' "$pool"
  points=$pool/farm/points vms=$pool/farm/vms images=$pool/farm/images
  for path in "$points"/*/; do
    ours "$path" || continue
    case $name in *.part-*) printf 'part %s %s %s\\n' "$name" "$(size "$path")" "$(state "$vms/\${name#*.part-}.lock")"; continue ;; esac
    [ -f "$path/manifest.json" ] || { printf 'part %s %s free\\n' "$name" "$(size "$path")"; continue; }
    printf 'point %s %s %s %s\\n' "$name" "$(size "$path")" "$(stat -c %Y -- "$path/manifest.json")" "$(head -n 1 -- "$path/manifest.json")"
  done
  for path in "$vms"/*/; do
    ours "$path" || continue
    recorded=silent
    [ ! -f "$path/point" ] && [ ! -f "$path/images" ] || recorded=recorded
    printf 'vm %s %s %s\\n' "$name" "$(size "$path")" "$recorded"
    [ ! -f "$path/point" ] || while IFS= read -r line; do printf 'stands %s %s\\n' "$name" "$line"; done <"$path/point"
    [ ! -f "$path/images" ] || while IFS= read -r line; do printf 'images %s %s\\n' "$name" "$line"; done <"$path/images"
    [ ! -f "$path/by" ] || printf 'by %s %s\\n' "$name" "$(head -n 1 -- "$path/by")"
    [ ! -f "$path.lock" ] || printf 'uri %s %s\\n' "$name" "$(sed -n 2p "$path.lock")"
  done
  for path in "$vms"/*.lock; do
    ours "$path" && held "$path" || continue
    name=\${name%.lock} owner=$(head -n 1 -- "$path") how=begun
    [ "$owner" = "$(head -n 1 -- "$vms/$name/by" 2>/dev/null)" ] || how=starting
    printf 'held %s %s %s\\n' "$name" "$how" "$owner"
  done
  for path in "$pool"/farm/runs/*; do
    ours "$path" && [ -f "$path" ] || continue
    printf 'run %s %s %s\\n' "$name" "$(state "$path")" "$(head -n 1 -- "$path")"
  done
  for path in "$images"/sha256-*.qcow2 "$images"/sha256-*.raw; do
    ours "$path" || continue
    meta=$images/index/\${name%.*}.json
    [ -f "$meta" ] || meta=$path
    printf 'image %s %s %s\\n' "$name" "$(size "$path")" "$(stat -c %Y -- "$meta")"
  done
  for path in "$images"/fetch-*.part; do
    ours "$path" || continue
    key=\${name#fetch-}
    printf 'download %s %s %s\\n' "$name" "$(size "$path")" "$(state "$images/locks/\${key%%-*}")"
  done
done
exit 0`;
