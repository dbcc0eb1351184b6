/**
 * Shell text about $archive, a file: `farm_kind` sets `kind` (tar, gz, bz2, xz, zst or zip) by the file's first bytes; `farm_plain` writes a tar archive
 * without its compression and remembers in $work/ended how that ended; `farm_whole` fails when it ended badly. `farm_gnu_tar`: whether tar is GNU's.
 */
export const ARCHIVE_FUNCTIONS = `
farm_kind() {
  case $(od -An -v -tx1 -N 6 <"$archive" | tr -d ' \\n') in
    "") echo "the archive $shown has no content" >&2; return 65 ;;
    1f8b*) kind=gz filter=gzip ;;
    425a68*) kind=bz2 filter=bzip2 ;;
    fd377a585a00) kind=xz filter=xz ;;
    28b52ffd*) kind=zst filter=zstd ;;
    504b0304* | 504b0506*) kind=zip filter=unzip ;;
    *) kind=tar filter=cat ;;
  esac
  command -v $filter >/dev/null 2>&1 || { echo "$filter is not on this machine: install it to read $shown" >&2; return 69; }
}
farm_plain() {
  if [ $kind = tar ]; then cat "$archive"; else $filter -dc <"$archive"; fi
  echo $? >"$work/ended"
}
farm_whole() {
  case $kind:$(cat "$work/ended") in *:0 | *:141 | gz:2) ;; *) echo "the archive $shown is broken or not whole" >&2; return 65 ;; esac
}
farm_gnu_tar() { tar --version 2>/dev/null | grep -q 'GNU tar'; }`;

/**
 * What differs between two trees, for those who have no \`tar --diff\`: compares $tree with $dest; \\`ignored\` may hold o, g, m and t (time). Of a
 * directory only whether it is there: an archive may not say what its mode is, and it may be a link to one.
 */
export const COMPARE_FUNCTION = `
farm_compare() {
  (cd "$tree" && find . -mindepth 1 -exec sh -c '
    dest=$1 ignored=$2 root=$3
    shift 3
    for name; do
      there=$dest/\${name#./}
      if [ -L "$name" ]; then
        [ -L "$there" ] && [ "$(readlink -- "$name")" = "$(readlink -- "$there")" ] || echo "$name"
        continue
      fi
      if [ -d "$name" ]; then [ -d "$there" ] || echo "$name"; continue; fi
      if [ -f "$name" ]; then format="%F"; else format="%F %t %T"; fi
      case $ignored in *t*) ;; *) [ ! -f "$name" ] || format="$format %Y" ;; esac
      case $ignored in *m*) ;; *) format="$format %a" ;; esac
      case $ignored$root in *o*) ;; *) format="$format %u" ;; esac
      case $ignored$root in *g*) ;; *) format="$format %g" ;; esac
      [ -L "$there" ] || [ ! -e "$there" ] || [ "$(stat -c "$format" -- "$name")" != "$(stat -c "$format" -- "$there")" ] ||
        { [ -f "$name" ] && ! cmp -s -- "$name" "$there"; } && echo "$name"
    done
    :' sh "$dest" "$ignored" "$([ "$(id -u)" = 0 ] || echo og)" {} +)
}`;
