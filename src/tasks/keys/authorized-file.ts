import { FETCH_FUNCTIONS } from "../downloads/fetch-script.js";
import { requestText } from "../downloads/request.js";
import { decodeFile, namedLines } from "../downloads/response.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";
import type { RemoteFile } from "../remote/content.js";
import { HOME } from "../remote/home.js";
import { script } from "../remote/script.js";
import { type FileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "../remote/status.js";

/** A user's authorized_keys and what is about it. */
export interface AuthorizedFile {
  /** Undefined: there is no such user. */
  readonly user: { readonly uid: string; readonly gid: string } | undefined;
  readonly path: string;
  readonly directory: FileStatus | undefined;
  readonly isLink: boolean;
  readonly file: RemoteFile | undefined;
  /** What the URL of the key gave. */
  readonly key: string | undefined;
}

/** All in one round trip: the user, the file, its directory, and the key if it is at a URL. */
const LOOK = `
user=$1 path=$2 url=$3 wanted=
${FETCH_FUNCTIONS}
${STATUS_FUNCTION}
farm_read
case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
find_user() {
  while IFS=: read -r name _ uid gid _ home _; do
    [ "$name" = "$user" ] || continue
    printf 'uid %s\\ngid %s\\n' "$uid" "$gid"
    [ "$path" ] || path=\${home%/}/.ssh/authorized_keys
    return
  done
  return 1
}
find_user <<END
$(getent passwd "$user" 2>/dev/null || cat /etc/passwd)
END
if [ "$path" ]; then
  printf 'path %s\\n' "$path"
  case $path in */*) in=\${path%/*} ;; *) in=. ;; esac
  follow=-L sum=
  farm_status "\${in:-/}" | sed 's/^status/directory status/'
  if [ -L "$path" ]; then echo 'link yes'; fi
  if [ -f "$path" ]; then
    farm_status "$path" || exit
    [ -r "$path" ] || { echo "permission denied" >&2; exit 1; }
    printf 'content %s\\n' "$(farm_encode "$path")"
  elif [ -e "$path" ]; then echo "$path is no file" >&2; exit 1; fi
fi
case $url in
  "") ;;
  file://*) [ -r "\${url#file://}" ] || { echo "cannot read \${url#file://}" >&2; exit 1; }
    printf 'key %s\\n' "$(farm_encode "\${url#file://}")" ;;
  *) farm_fetch "$work/key" || exit
    case $status in 200 | "") ;; *) echo "$url answers with HTTP status $status" >&2; exit 1 ;; esac
    printf 'key %s\\n' "$(farm_encode "$work/key")" ;;
esac`;

/** @param url of the key, if it is at one @throws ModuleFailure */
export async function lookAtAuthorizedFile(
  context: ModuleContext,
  user: string,
  path: string | undefined,
  url: string | undefined,
  validateCerts: boolean,
): Promise<AuthorizedFile> {
  const web = url !== undefined && !url.startsWith("file://");
  const stdin = web
    ? requestText({ url, timeout: 30, followRedirects: true, validate_certs: validateCerts, webOnly: true })
    : "end\n";
  const command = script("authorized-keys", LOOK, [user, path ?? "", url ?? ""], { stdin, readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  if (code !== 0) throw new ModuleFailure(`cannot read the keys of ${user}: ${lastLine(stderr, code)}`);
  const said = namedLines(stdout);
  const [uid, gid] = [said.get("uid"), said.get("gid")];
  const at = said.get("path") ?? "";
  const content = said.get("content");
  const status = parseStatus(stdout, at);
  const key = said.get("key");
  return {
    user:
      uid !== undefined && gid !== undefined && /^\d+:\d+$/.test(`${uid}:${gid}`) ? { uid, gid } : undefined,
    path: at,
    directory: parseStatus(said.get("directory") ?? "", at.replace(/\/[^/]*$/, "")),
    isLink: said.has("link"),
    file: status && content !== undefined ? { status, content: decodeFile(content) } : undefined,
    key: key === undefined ? undefined : decodeFile(key).toString("utf8"),
  };
}

const PREPARE = `
${HOME}
path=$1 owner=$2 manage=$3 unlink=$4
case $path in */*) in=\${path%/*} ;; *) in=. ;; esac
[ "$in" ] || in=/
[ -d "$in" ] || { umask 077; mkdir -p -- "$in" || exit; }
if [ "$manage" ]; then chown "$owner" "$in" && chmod 700 "$in" || exit; fi
if [ "$unlink" ] && [ -L "$path" ]; then rm -f -- "$path"; fi`;

/** Makes the directory ready for the file to be written. @throws ModuleFailure */
export async function prepareDirectory(
  context: ModuleContext,
  { path, user, directory, isLink }: AuthorizedFile,
  { manage, follow }: { manage: boolean; follow: boolean },
): Promise<void> {
  const owned = directory && user && String(directory.uid) === user.uid && String(directory.gid) === user.gid;
  const ready = directory && (!manage || (owned && directory.mode === 0o700));
  const unlink = isLink && !follow;
  if (ready && !unlink) return;
  const args = [path, user ? `${user.uid}:${user.gid}` : "", manage ? "manage" : "", unlink ? "unlink" : ""];
  const { code, stderr } = await context.act(script("authorized-directory", PREPARE, args));
  if (code !== 0)
    throw new ModuleFailure(`cannot prepare the directory of ${path}: ${lastLine(stderr, code)}`, {
      rc: code,
    });
}
