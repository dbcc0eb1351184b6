import { HOME } from "../remote/home.js";
import { STATUS_FUNCTION } from "../remote/status.js";
import { FETCH_FUNCTIONS } from "./fetch-script.js";
import { PLACE_FUNCTIONS } from "./place-script.js";

/** Says what is at the destination, what the list of checksums holds, and what the server says without sending the file. */
export const LOOK = `${HOME}
dest=$1 sum=$2 head=$3 list=$4 follow=-L
${FETCH_FUNCTIONS}
${STATUS_FUNCTION}
farm_read
farm_status "$dest" || exit
if [ "$list" ]; then
  farm_fetch "$work/list" || exit
  case $status in 200 | "") ;; *) printf 'list-status %s\\n' "$status"; exit ;; esac
  printf 'list %s\\n' "$(farm_encode "$work/list")"
  exit
fi
[ "$head" ] || exit 0
[ ! -e "$dest" ] && [ "$head" != always ] && exit
[ -d "$dest" ] && [ "$head" != always ] && exit
if [ -f "$dest" ]; then since=$(date -u -r "$dest" '+%a, %d %b %Y %H:%M:%S GMT'); fi
only_head=yes lax=yes
farm_fetch "$work/none" || exit
printf 'head %s\\n' "$(farm_encode "$work/head")"
printf 'status-code %s\\n' "$status"`;

/** Downloads beside the destination, checks, compares, renames: the file is never there by halves. */
export const DOWNLOAD = `${HOME}
dest=$1 name=$2 owner=$3 group=$4 mode=$5 backup=$6 sum=$7 digits=$8 since=$9; shift 9
temp=$1
case $temp in "~/"*) temp="$HOME/\${temp#"~/"}" ;; esac
mask=$(umask)
umask 077
since_dest=$since
${FETCH_FUNCTIONS}
${PLACE_FUNCTIONS}
${STATUS_FUNCTION}
farm_read
case $dest in */*) in=\${dest%/*} ;; *) in=. ;; esac
[ ! -d "$dest" ] || in=$dest
[ "$in" ] || in=/
[ -d "$in" ] || { echo "the directory $in does not exist" >&2; exit 1; }
[ -w "$in" ] || { echo "the directory $in is not writable" >&2; exit 1; }
if [ "$temp" ] && [ ! -d "$temp" ]; then echo "tmp_dest $temp is no directory" >&2; exit 1; fi
part=$in/.farm.$$
[ "$sum" ] && lax=yes
if [ "$since_dest" ] && [ -f "$dest" ]; then since=$(date -u -r "$dest" '+%a, %d %b %Y %H:%M:%S GMT'); else since=; fi
fetched=$part
[ "$temp" ] && fetched=$work/file && { rm -rf -- "$work"; work=$(mktemp -d "$temp/farm.XXXXXX") && fetched=$work/file; }
farm_fetch "$fetched" || exit
printf 'head %s\\n' "$(farm_encode "$work/head")"
printf 'status-code %s\\n' "$status"
case $status in 200 | "" | 226) ;; *) exit 0 ;; esac
if [ "$sum" ]; then
  found=$(farm_sum "$sum" "$fetched") || exit
  printf 'found %s\\n' "$found"
  [ "$found" = "$digits" ] || exit 0
fi
if [ -d "$dest" ]; then
  farm_name "$name"
  dest=\${dest%/}/$name
fi
printf 'name %s\\n' "$name"
printf 'sha1-src %s\\n' "$(farm_sum sha1 "$fetched")"
printf 'md5 %s\\n' "$(farm_sum md5 "$fetched")"
[ -d "$dest" ] && { echo "$dest is a directory" >&2; exit 1; }
if [ -f "$dest" ]; then printf 'sha1-dest %s\\n' "$(farm_sum sha1 "$dest")" || exit; fi
if [ -f "$dest" ] && cmp -s "$fetched" "$dest"; then rm -f -- "$fetched"; else
  farm_place "$fetched" "$dest" || exit
  echo 'placed yes'
fi
follow=-L sum=
farm_status "$dest"`;
