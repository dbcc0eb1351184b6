import { STATUS_FUNCTION } from "../remote/status.js";

/**
 * Arguments of both scripts: destination, format, whether an archive is made of a single file, and a line each of paths, paths to leave out, and
 * patterns. Paths may be globs. `root` is the directory that all have in common: what is in the archive is named from there.
 */
const START = `
export LC_ALL=C
dest=$1 format=$2 force=$3 paths=$4 without=$5 patterns=$6; shift 6
newline='
'
work=$(mktemp -d) || exit
trap 'rm -rf -- "$work" "$part"' EXIT
trap 'exit 143' TERM
part=$work
home() { case $1 in "~/"*) printf '%s' "$HOME/\${1#"~/"}" ;; *) printf '%s' "$1" ;; esac; }
expand() {
  IFS=$newline
  set -f
  for each in $1; do
    each=$(home "$each")
    set +f
    for name in $each; do if [ -e "$name" ] || [ -L "$name" ]; then printf '%s\\n' "$name"; elif [ "$2" ]; then printf '%s\\n' "$name" >>"$2"; fi; done
    set -f
  done
  set +f
  unset IFS
}
dest=$(home "$dest")
expand "$paths" "$work/missing" >"$work/found"
expand "$without" "" >"$work/without"
if [ -s "$work/without" ]; then grep -v -x -F -f "$work/without" "$work/found" >"$work/wanted"; else cp "$work/found" "$work/wanted"; fi
grep -v -x -F -e "$dest" "$work/wanted" >"$work/targets"
root= count=0 single=
while IFS= read -r name; do
  count=$((count + 1))
  single=$name
  in=\${name%/*}/
  [ "$root" ] || root=$in
  while :; do case $in in "$root"*) break ;; *) root=\${root%/} root=\${root%/*}/ ;; esac; done
done <"$work/targets"
case $force$paths in *[*?[]* | *"$newline"*) force=yes ;; esac
[ $count = 1 ] && [ -z "$force" ] && [ -f "$single" ] || force=yes
if [ -z "$dest" ] && [ -z "$force" ]; then dest=$single.$format; fi
case $format in gz) filter=gzip ;; bz2) filter=bzip2 ;; xz) filter=xz ;; zip) filter=zip ;; *) filter=cat ;; esac
command -v $filter >/dev/null 2>&1 || { echo "$filter is not on this machine: install it to make a .$format" >&2; exit 69; }
[ $filter != xz ] || printf '' | xz -c >/dev/null 2>&1 || { echo "xz of this machine cannot compress: install xz-utils" >&2; exit 69; }
names() {
  while IFS= read -r name; do
    name=\${name#"$root"}
    [ "$name" ] && printf '%s\\n' "\${name%/}" && continue
    (set +f; cd "$root" && for name in * .[!.]* ..?*; do if [ -e "$name" ] || [ -L "$name" ]; then printf '%s\\n' "$name"; fi; done)
  done <"$work/targets"
}
all_names() {
  names | while IFS= read -r name; do find "./$name"; done | sed 's|^\\./||' | while IFS= read -r name; do
    [ "$root$name" != "$dest" ] && [ "$root$name" != "$part" ] || continue
    set -f
    IFS=$newline
    for each in $patterns; do case $name in $each | $each/*) continue 2 ;; esac; done
    unset IFS
    printf '%s\\n' "$name"
  done
}
inside=
case $dest in "$root"*) inside=yes ;; esac
plain() {
  cd "$root" || return
  set --
  [ "$patterns$inside" ] && chosen=all_names || chosen=names
  set -f
  IFS=$newline
  for name in $($chosen); do
    case $name in -*) name=./$name ;; esac
    set -- "$@" "$name"
  done
  unset IFS
  set +f
  [ $# -gt 0 ] || { echo "nothing is left to be archived" >&2; return 65; }
  [ "$patterns$inside" ] && flat=yes || flat=
  if [ $format = zip ]; then zip -q -X -y \${flat:+-D} $([ "$flat" ] || echo -r) "$work/new.zip" "$@" >&2 && cat "$work/new.zip"
  else tar -cf - \${flat:+--no-recursion} "$@"; fi
}
pack() {
  if [ -z "$force" ] && [ $format != tar ] && [ $format != zip ]; then
    if [ $format = gz ]; then gzip -n -c <"$single"; else $filter -c <"$single"; fi
    return
  fi
  { plain || echo failed >"$work/failed"; } | case $filter in
    gzip) gzip -n -c ;;
    cat | zip) cat ;;
    *) $filter -c ;;
  esac || return
  [ ! -e "$work/failed" ]
}`;

/** Says what there is to be archived, and whether the archive is of that already. */
export const PACK_LOOK_SCRIPT = `${START}
${STATUS_FUNCTION}
mark() { sed "s/^/$1 /"; }
mark found <"$work/found"
mark without <"$work/without"
[ -f "$work/missing" ] && mark missing <"$work/missing"
printf 'count %s\\n' "$count"
printf 'root %s\\n' "$root"
printf 'dest %s\\n' "$dest"
[ "$force" ] || echo 'compress yes'
[ $count -gt 0 ] || { [ -z "$dest" ] || { follow=-L sum=; farm_status "$dest"; }; exit 0; }
if [ "$force" ]; then
  targets=$newline$(sed 's|/$||' "$work/targets")$newline
  (cd "$root" && all_names) | while IFS= read -r name; do
    if [ -d "$root$name" ] && [ ! -L "$root$name" ]; then
      [ $format != zip ] || continue
      case $targets in *"$newline$root$name$newline"*) continue ;; esac
    fi
    printf 'archived %s\\n' "$root$name"
  done
else
  printf 'archived %s\\n' "$single"
fi
if [ -f "$dest" ]; then
  unpacked() { case $format in gz | bz2 | xz) $filter -dc <"$dest" ;; *) cat "$dest" ;; esac; }
  content() { if [ "$force" ] || [ $format = tar ] || [ $format = zip ]; then plain; else cat "$single"; fi; }
  [ "$(unpacked 2>/dev/null | sha1sum)" != "$( (content) | sha1sum)" ] || echo 'same yes'
fi
follow=-L sum=
[ -z "$dest" ] || farm_status "$dest"`;

/** Further arguments: whether to pack, and to remove what was packed; then owner, group and mode of the archive. */
export const PACK_SCRIPT = `${START}
packs=$1 removes=$2 owner=$3 group=$4 mode=$5
${STATUS_FUNCTION}
if [ "$removes" ] && [ "$inside" ]; then
  while IFS= read -r name; do
    case $dest in "\${name%/}"/*) echo "cannot remove $name: the archive is in it" >&2; exit 65 ;; esac
  done <"$work/targets"
fi
if [ "$packs" ]; then
  case $dest in */*) in=\${dest%/*} ;; *) in=. ;; esac
  [ -d "\${in:-/}" ] || { echo "the directory $in does not exist" >&2; exit 66; }
  [ -z "$inside" ] || touch -r "\${in:-/}" "$work/time"
  part=$dest.farm.$$
  : >"$part" || exit
  [ -z "$inside" ] || touch -r "$work/time" "\${in:-/}"
  (pack) >"$part" || exit
  if [ "$owner$group" ]; then chown "$owner\${group:+:$group}" "$part" || exit; fi
  if [ -e "$dest" ]; then
    [ "$owner" ] || chown "$(stat -L -c %u -- "$dest")" "$part" 2>/dev/null
    [ "$group" ] || chgrp "$(stat -L -c %g -- "$dest")" "$part" 2>/dev/null
    [ "$mode" ] || mode=$(stat -L -c %a -- "$dest")
  fi
  [ -z "$mode" ] || chmod "$mode" "$part" || exit
  mv -f -- "$part" "$dest" || exit
  [ -z "$inside" ] || touch -r "$work/time" "\${in:-/}"
fi
if [ "$removes" ]; then
  while IFS= read -r name; do rm -rf -- "\${name%/}" || exit; done <"$work/targets"
fi
follow=-L sum=
farm_status "$dest"`;
