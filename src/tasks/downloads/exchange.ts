import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { type FileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "../remote/status.js";
import { FETCH_FUNCTIONS } from "./fetch-script.js";
import { PLACE_FUNCTIONS } from "./place-script.js";
import { requestText, type WebRequest, withoutLogin } from "./request.js";
import { decodeFile, namedLines, parseResponse, type WebResponse } from "./response.js";

/** Longer answers are not sent to the controller. */
const LONGEST_BODY = 8 * 1024 * 1024;

/** One request, its answer told or put into a file. Paths get their home first. */
const EXCHANGE = `
for each in 1 2 3 4; do
  case $1 in "~/"*) here="$HOME/\${1#"~/"}" ;; *) here=$1 ;; esac
  shift
  set -- "$@" "$here"
done
verb=$1 with_body=$2 write=$3 want=$4 good=$5 name=$6 owner=$7 group=$8 mode=$9; shift 9
creates=$1 removes=$2 dest=$3 src=$4 backup=
if [ "$creates" ] && [ -e "$creates" ]; then echo 'skipped creates'; exit; fi
if [ "$removes" ] && [ ! -e "$removes" ]; then echo 'skipped removes'; exit; fi
mask=$(umask)
umask 077
${FETCH_FUNCTIONS}
${PLACE_FUNCTIONS}
${STATUS_FUNCTION}
farm_read
case $verb in GET) ;; HEAD) only_head=yes ;; *) method=$verb ;; esac
if [ "$src" ]; then
  [ -r "$src" ] || { echo "cannot read $src" >&2; exit 66; }
  body=$src
elif [ "$with_body" ]; then body=$work/body; cat >"$body" || exit
else case $verb in POST | PUT | PATCH) body=$work/body; : >"$body" ;; esac; fi
case $verb:$body in POST:?*) method= ;; GET:?*) method=GET ;; esac
if [ "$dest" ] && [ -f "$dest" ]; then since=$(date -u -r "$dest" '+%a, %d %b %Y %H:%M:%S GMT'); fi
: >"$work/out"
if ! farm_fetch "$work/out" 2>"$work/why"; then echo 'no-answer yes'; cat "$work/why" >&2; exit 0; fi
[ -e "$work/out" ] || : >"$work/out"
printf 'head %s\\n' "$(farm_encode "$work/head")"
printf 'status-code %s\\n' "$status"
size=$(wc -c <"$work/out")
printf 'size %s\\n' "$((size))"
told=$want
case " $good " in *" $status "*) isgood=yes ;; *) isgood= told=yes ;; esac
grep -qi '^content-type:.*\\(json\\|javascript\\)' "$work/head" && told=yes
if [ "$told" ]; then
  if [ "$size" -gt ${LONGEST_BODY} ]; then echo 'too-long yes'; else printf 'body %s\\n' "$(farm_encode "$work/out")"; fi
fi
[ "$dest" ] && [ "$isgood" ] && [ "$status" != 304 ] || exit 0
if [ -d "$dest" ]; then farm_name "$name"; dest=\${dest%/}/$name; printf 'name %s\\n' "$name"; fi
if [ -f "$dest" ] && cmp -s "$work/out" "$dest"; then echo 'same yes'; elif [ "$write" ]; then
  part=$dest.farm.$$
  farm_place "$work/out" "$dest" || exit
fi
follow=-L sum=
farm_status "$dest"`;

export interface Exchange {
  readonly request: WebRequest;
  readonly method: string;
  readonly body: Buffer | undefined;
  /** A file of the machine to send. */
  readonly src: string | undefined;
  readonly dest: string | undefined;
  /** Of a new file. */
  readonly attributes: { owner?: string | undefined; group?: string | undefined; mode?: number | undefined };
  readonly creates: string | undefined;
  readonly removes: string | undefined;
  /** The answer is wanted whatever it is. */
  readonly content: boolean;
  readonly good: readonly number[];
  /** What `dest` is called in a directory, where the server does not say. */
  readonly name: string;
}

export interface Exchanged {
  readonly skipped: "creates" | "removes" | undefined;
  /** Undefined: there was no answer, for the reason given. */
  readonly response: WebResponse | undefined;
  readonly reason: string;
  /** Undefined where it is neither wanted nor JSON. */
  readonly body: Buffer | undefined;
  readonly size: number;
  /** The file's name in the directory `dest`. */
  readonly name: string | undefined;
  /** The file held this before. */
  readonly same: boolean;
  readonly status: FileStatus | undefined;
}

/**
 * Sends a request and takes the answer.
 * @param how `ask`: nothing is put in place @throws ModuleFailure when the machine cannot, or the answer is too long
 */
export async function exchange(
  context: ModuleContext,
  how: "ask" | "act",
  what: Exchange,
): Promise<Exchanged> {
  const { request, body, dest = "", attributes } = what;
  const text = requestText(request);
  const args = [
    ...[what.creates ?? "", what.removes ?? "", dest, what.src ?? ""],
    what.method,
    body ? "body" : "",
    how === "act" && dest !== "" ? "write" : "",
    what.content ? "content" : "",
    what.good.join(" "),
    ...[what.name, attributes.owner ?? "", attributes.group ?? "", attributes.mode?.toString(8) ?? ""],
  ];
  const stdin = body ? Buffer.concat([Buffer.from(text), body]) : text;
  const command = script("uri", EXCHANGE, args, { stdin, readOnly: how === "ask" });
  const { code, stdout, stderr } = await context[how](command);
  const url = withoutLogin(request.url);
  if (code !== 0)
    throw new ModuleFailure(`cannot ask ${url}: ${lastLine(stderr, code)}`, { url, rc: code, stderr });
  return exchanged(stdout, stderr, url, dest);
}

function exchanged(stdout: string, stderr: string, url: string, dest: string): Exchanged {
  const said = namedLines(stdout);
  if (said.has("too-long"))
    throw new ModuleFailure(`the answer of ${url} has ${said.get("size")} bytes: more than is returned`, {
      url,
      hint: "save it with dest, without return_content",
    });
  const head = said.get("head");
  const response = head === undefined ? undefined : parseResponse(decodeFile(head).toString("latin1"), url);
  const body = said.get("body");
  return {
    skipped: said.get("skipped") as Exchanged["skipped"],
    response: response && { ...response, status: Number(said.get("status-code")) || response.status },
    reason: lastLine(stderr, 0),
    body: body === undefined ? undefined : decodeFile(body),
    size: Number(said.get("size") ?? 0),
    name: said.get("name"),
    same: said.has("same"),
    status: parseStatus(stdout, dest),
  };
}
