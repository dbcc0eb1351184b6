import { SET_ATTRIBUTES } from "./attributes.js";

interface WriteScript {
  /** How many bytes the file will have: fewer are a broken transfer. */
  readonly bytes: number;
  /** Whether the file that a link leads to is replaced, or the link. */
  readonly followLink: boolean;
  /** Where the content is: on stdin, in a file of the machine, or, it may be, in the new file already. Both are named by an argument ahead of the others. */
  readonly from?: "stdin" | "machine" | "new file";
}

const SOURCE = `src=$1; shift
case $src in "~/"*) src="$HOME/\${src#"~/"}" ;; esac`;

const FILL = {
  stdin: 'cat >"$part"',
  machine: 'cat <"$src" >"$part"',
  "new file": '[ -e "$part" ] || cat >"$part"',
} as const;

/** How `farm` says on stdout that it was the user's check that failed, and by which status. */
export const VALIDATION = /farm: validation (\d+)\n$/;

/**
 * Shell text for PATH OWNER GROUP MODE BACKUP [WORD...]: the words are a command that checks the new file, %s being its name. It is written beside the
 * old one, checked, given its attributes and renamed: nothing of a failure is ever seen under the path.
 */
export const writeScript = ({ bytes, followLink, from = "stdin" }: WriteScript): string => `
${from === "stdin" ? "" : SOURCE}
path=$1 owner=$2 group=$3 mode=$4 backup=$5; shift 5
case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
${followLink ? 'if [ -L "$path" ]; then path=$(readlink -f -- "$path") || exit; fi' : ""}
case $path in */*) parent=\${path%/*}/ ;; *) parent=./ ;; esac
[ -d "$parent" ] || { echo "Destination directory \${parent%/} does not exist" >&2; exit 1; }
[ ! -d "$path" ] || { echo "it is a directory" >&2; exit 1; }
${SET_ATTRIBUTES}
part=${from === "new file" ? "$src" : "$path.farm.$$"}
trap 'rm -f -- "$part"' EXIT
trap 'exit 143' TERM
umask 077
${FILL[from]} || exit
size=$(wc -c <"$part")
[ "$size" -eq ${bytes} ] || { echo "only $size of ${bytes} bytes arrived" >&2; exit 1; }
for word; do
  first=\${first-yes}
  [ "$first" ] && { set --; first=; }
  case $word in *%s*) word=\${word%%%s*}$part\${word#*%s} ;; esac
  set -- "$@" "$word"
done
if [ $# -gt 0 ]; then
  farm_set "$part" "$owner" "$group" "$mode" || exit
  "$@" || { echo "farm: validation $?"; exit 65; }
fi
if [ "$backup" ] && [ -e "$path" ]; then cp -p -- "$path" "$path$backup" || exit; fi
farm_set "$part" "$owner" "$group" "$mode" || exit
mv -f -- "$part" "$path"`;
