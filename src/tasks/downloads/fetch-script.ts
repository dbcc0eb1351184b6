/**
 * Shell text: `farm_read` takes a request (request.ts) from stdin, and no byte more; `farm_fetch FILE` asks for it, by curl or wget, whichever there is. It sets
 * `status` (empty: no HTTP) and leaves the answer in FILE, all headers in $work/head; it fails when there was no whole answer, said on stderr.
 * Before: `only_head`, `since` (a date), `method`, `body` (a file), each if need be; `lax`: certificates need no check.
 */
export const FETCH_FUNCTIONS = `
export LC_ALL=C
work=$(mktemp -d) || exit
trap 'rm -rf -- "$work" "$part"' EXIT
trap 'exit 143' TERM
part=$work only_head= since= method= body= lax=
farm_read() {
  request=
  while IFS= read -r line && [ "$line" != end ]; do request="$request$line
"; done
}
farm_lines() { printf %s "$request" | sed -n "s/^$1 //p"; }
farm_fetch() {
  out=$1
  : >"$work/head"
  : >"$work/said"
  if command -v curl >/dev/null 2>&1; then tool=curl
  elif wget --version 2>/dev/null | grep -q GNU; then tool=wget
  elif command -v wget >/dev/null 2>&1; then tool=busybox
  else echo "neither curl nor wget is on this machine: install one of them" >&2; return 69; fi
  farm_by_$tool 2>"$work/said"
  ended=$?
  [ $tool = curl ] || sed -n 's/^  *\\([A-Za-z].*\\)/\\1/p' "$work/said" >"$work/head"
  status=$(sed -n 's/.*HTTP\\/[0-9.]* \\([0-9][0-9][0-9]\\).*/\\1/p' "$work/head" "$work/said" | tail -n 1)
  case $ended:$tool:$status in 0:*) return 0 ;; *:curl:* | *: | *:2??) ;; *) return 0 ;; esac
  { grep -v -e '^ ' -e '^curl: (' "$work/said"; grep '^curl: (' "$work/said"; } | tail -n 3 >&2
  return $ended
}
farm_by_curl() {
  set -- -q -K - -sS -D "$work/head" -o "$out"
  [ "$only_head" ] && set -- "$@" -I
  [ "$since" ] && set -- "$@" -H "If-Modified-Since: $since"
  [ "$body" ] && set -- "$@" --data-binary @"$body"
  [ "$method" ] && set -- "$@" -X "$method"
  farm_lines c | curl "$@"
}
farm_by_wget() {
  (umask 077; farm_lines w >"$work/wgetrc") || return
  set -- --config="$work/wgetrc" -nv -S --content-on-error --no-http-keep-alive -O "$out" -i -
  [ "$only_head" ] && set -- "$@" --spider
  [ "$since" ] && set -- "$@" --header "If-Modified-Since: $since"
  [ "$method$body" ] && set -- "$@" --method="\${method:-POST}"
  [ "$body" ] && set -- "$@" --body-file="$body"
  farm_lines u | wget "$@"
}
farm_by_busybox() {
  cannot=$(farm_lines x)
  [ -z "$method$body" ] || cannot="send anything but a GET"
  [ -z "$cannot" ] || { echo "busybox wget cannot $cannot: install curl on this machine" >&2; return 69; }
  set -- -S -O "$out"
  while IFS= read -r line; do [ -z "$line" ] || set -- "$@" --header "$line"; done <<END
$(farm_lines h)
END
  agent=$(farm_lines w | sed -n 's/^user_agent = //p')
  [ "$agent" ] && set -- "$@" -U "$agent"
  [ "$only_head" ] && set -- "$@" --spider
  [ "$since" ] && set -- "$@" --header "If-Modified-Since: $since"
  farm_lines w | grep -q '^use_proxy = off' && set -- "$@" -Y off
  farm_lines w | grep -q '^check_certificate = off' && lax=yes && set -- "$@" --no-check-certificate
  wget --help 2>&1 | grep -q -e '-T SEC' && set -- "$@" -T "$(farm_lines w | sed -n 's/^timeout = \\([0-9]*\\).*/\\1/p')"
  wget "$@" "$(farm_lines u)" >/dev/null || return
  [ "$lax" ] || ! grep -q 'certificate validation not implemented' "$work/said" || {
    echo "this machine's wget cannot check certificates: install curl, give a checksum, or say validate_certs: false" >&2
    return 69
  }
}
farm_encode() {
  if command -v base64 >/dev/null 2>&1; then printf 'base64:'; base64 <"$1" | tr -d '\\n'
  else printf 'hex:'; od -An -v -tx1 <"$1" | tr -d ' \\n'; fi
}
farm_sum() { line=$("$1sum" <"$2") && printf '%s' "\${line%% *}"; }`;
