/**
 * Shell functions for machines without shadow's tools: they edit the files of /etc, each replaced in one step with its owner and mode. `name` is
 * whom it is about.
 */
export const FILE_FUNCTIONS = `
replace() {
  new=$1.farm.$$
  (umask 077; cat >"$new") && chown "$(stat -c %u:%g "$1")" "$new" && chmod "$(stat -c %a "$1")" "$new" && mv -f "$new" "$1"
}
lines() { FARM_NAME=$name FARM_VALUE=$3 awk -F: -v OFS=: -v field="$2" "$4" "$1" >"$work" && replace "$1" <"$work"; }
edit() { [ ! -e "$1" ] || lines "$1" "$2" "$3" '$1 == ENVIRON["FARM_NAME"] { $field = ENVIRON["FARM_VALUE"] } { print }'; }
drop() { [ ! -e "$1" ] || lines "$1" 1 "" '$1 != ENVIRON["FARM_NAME"]'; }
append() { [ ! -e "$1" ] || { cat "$1"; printf '%s\\n' "$2"; } >"$work" && { [ ! -e "$1" ] || replace "$1" <"$work"; }; }
field() { awk -F: -v name="$2" -v field="$3" '$1 == name { print $field; exit }' "$1" 2>/dev/null; }
taken() { awk -F: -v number="$2" '$3 == number { found = 1 } END { exit !found }' "$1"; }
next() {
  number=$2
  while taken "$1" "$number" || { [ "$1" != /etc/passwd ] || taken /etc/group "$number"; }; do number=$((number + 1)); done
  printf '%s' "$number"
}
leave() { lines "\${2:-/etc/group}" 4 "$1" '
  ENVIRON["FARM_VALUE"] == "" || $1 == ENVIRON["FARM_VALUE"] {
    n = split($4, members, ","); left = ""
    for (i = 1; i <= n; i++) if (members[i] != ENVIRON["FARM_NAME"]) left = left (left == "" ? "" : ",") members[i]
    if (left != $4) $4 = left
  }
  { print }'; }
join() { leave "$1" "$2" && lines "\${2:-/etc/group}" 4 "$1" '$1 == ENVIRON["FARM_VALUE"] { $4 = $4 ($4 == "" ? "" : ",") ENVIRON["FARM_NAME"] } { print }'; }
each_list() { "$1" "$2" /etc/group && { [ ! -e /etc/gshadow ] || "$1" "$2" /etc/gshadow; }; }
set_hash() { if [ "$(field /etc/shadow "$name" 1)" ]; then edit /etc/shadow 2 "$1"; else edit /etc/passwd 2 "$1"; fi; }
add_group() { append /etc/group "$1:x:$2:" && append /etc/gshadow "$1:!::"; }
work=$(mktemp) || exit
trap 'rm -f -- "$work"' EXIT
trap 'exit 143' TERM`;

/** Makes a home directory, where there is none, from a skeleton. */
export const HOME_FUNCTION = `
make_home() {
  skel=\${2:-/etc/skel}
  mkdir -p -- "$1" || return
  if [ -d "$skel" ]; then cp -R -P "$skel/." "$1/" || return; fi
  mask=$4
  [ "$mask" ] || mask=$(sed -n 's/^UMASK[[:space:]]*\\([0-7][0-7]*\\).*/\\1/p' /etc/login.defs 2>/dev/null | tail -n 1)
  chmod "$(printf '%o' $((0777 & ~0\${mask:-22})))" "$1" && chown -R -h "$3" "$1"
}`;
