import { FETCH_FUNCTIONS } from "../downloads/fetch-script.js";
import { STATUS_FUNCTION } from "../remote/status.js";
import { ARCHIVE_FUNCTIONS, COMPARE_FUNCTION } from "./archive-script.js";

/** By GNU tar: what differs, as it says; `ignore` is a pattern of what does not matter. */
const GNU = `
gnu_tar() {
  set -f
  IFS='
'
  for each in $options; do set -- "$@" "$each"; done
  for each in $exclude; do set -- "$@" "--exclude=$each"; done
  [ "$newer" ] && set -- "$@" --keep-newer-files
  set -- "$@" -C "$dest" -f -
  for each in $include; do set -- "$@" "$each"; done
  unset IFS
  set +f
  farm_plain | tar "$@"
}
gnu_differs() {
  gnu_tar --diff >"$work/differs" 2>"$work/said"
  farm_whole || return
  if grep -E 'does not look like a tar|Unexpected EOF|unrecognized option|invalid option|Not found in archive' "$work/said" >&2; then return 65; fi
  sed 's/^tar: //' "$work/said" | grep -v -e '^Removing leading' -e '^Exiting with' -e '^: ' >>"$work/differs"
  grep -v -E "$ignore" "$work/differs" | head -n 1000 >"$work/matters"
}
gnu_unpack() { gnu_tar --extract && farm_whole; }
gnu_names() { gnu_tar --list --quoting-style=literal --show-transformed-names 2>/dev/null; }`;

/** By anything else: all is unpacked beside, what is not wanted is thrown away, and the rest is compared and moved over. */
const OTHER = `
other_differs() {
  tree=$work/tree
  mkdir "$tree" || return
  set -f
  IFS='
'
  set --
  for each in $options; do set -- "$@" "$each"; done
  unset IFS
  set +f
  if [ $kind = zip ]; then
    unzip --help 2>&1 | grep -qi busybox && ignored=\${ignored}t
    unzip -q -o "$@" "$archive" -d "$tree" >&2
    case $? in 0 | 1) ;; *) return 65 ;; esac
  else
    farm_plain | (cd "$tree" && tar -x "$@" -f -) || return
    farm_whole || return
  fi
  other_prune || return
  farm_compare >"$work/matters"
}
other_prune() {
  (cd "$tree" && find . -mindepth 1 -depth -exec sh -c '
    dest=$1 include=$2 exclude=$3 newer=$4
    shift 4
    set -f
    IFS="
"
    for name; do
      name=\${name#./} keep=yes
      [ -z "$include" ] || keep=
      for each in $include; do case $name in $each | \${each%/}/*) keep=yes ;; esac; done
      for each in $exclude; do case $name in \${each%/} | \${each%/}/*) keep= ;; esac; done
      [ -z "$newer" ] || [ -d "$name" ] || [ ! "$dest/$name" -nt "$name" ] || keep=
      [ "$keep" ] || if [ -d "$name" ] && [ ! -L "$name" ]; then rmdir -- "./$name" 2>/dev/null; else rm -f -- "./$name"; fi
    done
    :' sh "$dest" "$include" "$exclude" "$newer" {} +)
}
other_unpack() {
  (cd "$tree" && find . -type d -exec sh -c '
    dest=$1 failed=$2
    shift 2
    for name; do
      (into=$dest/\${name#./}
        [ -d "$into" ] || { mkdir -- "$into" && chmod "$(stat -c %a -- "$name")" "$into" && { chown "$(stat -c %u:%g -- "$name")" "$into" || :; }; } || exit
        cd "$name" || exit
        set --
        for each in * .[!.]* ..?*; do
          if [ -L "$each" ]; then set -- "$@" "./$each"; elif [ -e "$each" ] && [ ! -d "$each" ]; then set -- "$@" "./$each"; fi
        done
        [ $# = 0 ] || tar -cf - "$@" | (cd "$into" && tar -xpf -)) || echo "$name" >>"$failed"
    done' sh "$dest" "$work/failed" {} +)
  [ ! -s "$work/failed" ]
}
other_names() { (cd "$tree" && find . -mindepth 1 -exec sh -c 'for name; do [ -d "$name" ] && [ ! -L "$name" ] && name=$name/; printf "%s\\n" "\${name#./}"; done' sh {} + | sort); }`;

/**
 * Arguments: destination, creates, where the archive comes from (stdin, file, url), its name, whether to unpack, what to tell (names, entries), the pattern, what
 * is ignored (letters), keep_newer, and a line each of excluded, included, options.
 */
export const UNPACK_SCRIPT = `
dest=$1 creates=$2 from=$3 shown=$4 unpack=$5 tell=$6 ignore=$7 ignored=$8 newer=$9; shift 9
exclude=$1 include=$2 options=$3
case $dest in "~/"*) dest="$HOME/\${dest#"~/"}" ;; esac
case $creates in "~/"*) creates="$HOME/\${creates#"~/"}" ;; esac
if [ "$creates" ] && { [ -e "$creates" ] || [ -L "$creates" ]; }; then echo 'skipped yes'; exit; fi
mask=$(umask)
umask 077
${FETCH_FUNCTIONS}
${STATUS_FUNCTION}
${ARCHIVE_FUNCTIONS}
${COMPARE_FUNCTION}
${GNU}
${OTHER}
archive=$work/archive
case $from in
  stdin) cat >"$archive" || exit ;;
  url) farm_read; farm_fetch "$archive" || exit
    case $status in 200 | "") ;; *) echo "$shown answers with HTTP status $status" >&2; exit 66 ;; esac ;;
  file) case $shown in "~/"*) archive="$HOME/\${shown#"~/"}" ;; *) archive=$shown ;; esac
    [ -f "$archive" ] && [ -r "$archive" ] || { echo "Source '$shown' does not exist or is not readable" >&2; exit 66; } ;;
esac
[ -d "$dest" ] || { echo "Destination '$dest' is not a directory" >&2; exit 66; }
farm_kind || exit
printf 'kind %s\\n' "$kind"
umask "$mask"
by=other
[ "$(id -u)" = 0 ] || ignore="$ignore|: (Uid|Gid|Mode) differs$"
[ $kind = zip ] || [ "$newer" ] || ! farm_gnu_tar || by=gnu
\${by}_differs || exit
sed 's/^/differs /' "$work/matters"
if [ "$unpack" ] && [ -s "$work/matters" ]; then
  \${by}_unpack || exit
  echo 'unpacked yes'
fi
follow=-L sum=
farm_status "$dest"
[ "$tell" ] || exit 0
\${by}_names | sed 's|^/*||' >"$work/names"
case $tell in *names*) sed 's/^/file /' "$work/names" ;; esac
case $tell in *entries*) ;; *) exit 0 ;; esac
echo entries
{ sed 's|/$||' "$work/names"; sed -n 's|^\\([^/][^/]*\\)/..*|\\1|p' "$work/names"; } | sort -u | while IFS= read -r name; do
  [ -e "$dest/$name" ] || continue
  stat -c 'status %f %a %u %g %U %G %s %Y %X %Z %i %d %h' -- "$dest/$name" && printf '%s\\0' "$name"
done`;
