import { STATUS_FUNCTION } from "../remote/status.js";

/** A file that is longer is not searched: bytes. */
export const MAX_SEARCHED = 64 * 1024 * 1024;

const ENCODE = `encode() { if command -v base64 >/dev/null 2>&1; then echo base64; base64; else echo hex; od -An -v -tx1; fi; }`;

/**
 * Arguments: a path, whether its content is wanted, and the sum of the content seen last. Prints the status of what is there, then `same`,
 * or its sum and content, or `unreadable` or `long`; nothing when nothing is there.
 */
export const LOOK_AT_FILE = `path=$1 wanted=$2 seen=$3 follow=-L sum=
export LC_ALL=C
${STATUS_FUNCTION}
${ENCODE}
case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
[ -e "$path" ] || exit 0
farm_status "$path" || exit
[ "$wanted" ] || exit 0
[ -f "$path" ] && [ -r "$path" ] || { echo unreadable; exit 0; }
[ "$(wc -c <"$path")" -le ${MAX_SEARCHED} ] || { echo long; exit 0; }
now=$(sha1sum <"$path" 2>/dev/null)
[ -z "$now" ] || [ "$now" != "$seen" ] || { echo same; exit 0; }
printf 'sum %s\\n' "$now"
encode <"$path"`;

/** Arguments: host, port, seconds that a connection may take. Exit 0: it answers; 1: it does not; 127: nothing to look with. */
export const LOOK_AT_PORT = `host=$1 port=$2 limit=$3
if command -v nc >/dev/null 2>&1; then nc -z -w "$limit" "$host" "$port" >/dev/null 2>&1 || nc -w 1 "$host" "$port" </dev/null >/dev/null 2>&1; exit; fi
if command -v bash >/dev/null 2>&1; then timeout "$limit" bash -c ': <"/dev/tcp/$0/$1"' "$host" "$port" 2>/dev/null || exit 1; exit 0; fi
case $host in 127.*|localhost|::1)
  hex=$(printf '%04X' "$port")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -Eq "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F:]+ 0A "
  exit ;;
esac
exit 127`;

/**
 * The same arguments; prints what the port says by itself: bash reads for a second after the first words, nc until the other side has ended or
 * the time is over.
 */
export const LISTEN_TO_PORT = `host=$1 port=$2 limit=$3
${ENCODE}
if command -v bash >/dev/null 2>&1; then
  timeout $((limit * 2 + 1)) bash -c 'exec 3<>"/dev/tcp/$0/$1" && { timeout "$2" dd bs=4096 count=1; timeout 1 cat; } <&3' "$host" "$port" "$limit" 2>/dev/null | encode
  exit 0
fi
command -v nc >/dev/null 2>&1 || exit 127
timeout "$limit" nc "$host" "$port" </dev/null 2>/dev/null | encode`;

/** Arguments: host, and hosts to leave out, a line each. Prints their addresses, then the kernel's tables of connections. */
export const LIST_CONNECTIONS = `resolve() { printf '%s %s\\n' "$1" "$2"; getent ahosts "$2" 2>/dev/null | while read -r address _; do printf '%s %s\\n' "$1" "$address"; done; }
resolve host "$1"
IFS='
'
set -f
for each in $2; do resolve exclude "$each"; done
cat /proc/net/tcp || exit
cat /proc/net/tcp6 2>/dev/null
exit 0`;
