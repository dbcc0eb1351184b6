import { createHash } from "node:crypto";
import { ModuleFailure } from "../modules/failure.js";
import type { Diff, ModuleContext } from "../modules/module.js";
import { splitWords } from "../words.js";
import {
  type Attributes,
  attributeChanges,
  attributeFields,
  resolveMode,
  SET_ATTRIBUTES,
  settleAttributes,
} from "./attributes.js";
import { script } from "./script.js";
import { type FileStatus, fileStatus, lastLine, parseStatus, STATUS_FUNCTION } from "./status.js";

/** A file of the machine with all of its bytes. */
export interface RemoteFile {
  readonly status: FileStatus;
  readonly content: Buffer;
}

const READ = `follow=-L sum=
export LC_ALL=C
case $1 in "~/"*) set -- "$HOME/\${1#"~/"}" ;; esac
${STATUS_FUNCTION}
farm_status "$1" || exit
[ -e "$1" ] || exit 0
[ ! -d "$1" ] || { echo "it is a directory" >&2; exit 1; }
[ -r "$1" ] || { echo "permission denied" >&2; exit 1; }
if command -v base64 >/dev/null 2>&1; then echo base64; base64 <"$1"; else echo hex; od -An -v -tx1 <"$1"; fi`;

/** A file and what it holds, links followed; undefined when nothing is there. @throws ModuleFailure for a directory and the like */
export async function readRemote(context: ModuleContext, path: string): Promise<RemoteFile | undefined> {
  const { code, stdout, stderr } = await context.ask({ ...script("read", READ, [path]), readOnly: true });
  if (code !== 0) throw new ModuleFailure(`cannot read ${path}: ${lastLine(stderr, code)}`);
  const status = parseStatus(stdout, path);
  if (!status) return undefined;
  const [, encoding, body = ""] = /^(base64|hex)\n([\s\S]*)$/m.exec(stdout) ?? [];
  const digits = body.replace(/\s/g, "");
  return { status, content: Buffer.from(digits, encoding === "hex" ? "hex" : "base64") };
}

export interface ContentWanted {
  readonly path: string;
  readonly content: Buffer;
  /** What is there now; undefined: nothing. */
  readonly before: RemoteFile | undefined;
  readonly attributes: Attributes;
  readonly backup?: boolean | undefined;
  /** A command with %s for the new file; it is not put in place when this fails. */
  readonly validate?: string | undefined;
}

/** A file that holds what it shall, and what to tell of it. */
export interface ContentSettled {
  readonly changed: boolean;
  /** Ansible's fields: dest, checksum, md5sum, size, mode, owner, group, uid, gid, backup_file. */
  readonly fields: Record<string, unknown>;
  /** Ansible's fields of any result that names a path: uid, gid, owner, group, mode, size, state. In a check, as the file is now; nothing where none is. */
  readonly place: Readonly<Record<string, unknown>>;
  readonly diff?: Diff;
}

/** Takes the new content on stdin; the temporary file is beside the old one, so that the rename is one step. */
const WRITE = `path=$1 owner=$2 group=$3 mode=$4 backup=$5; shift 5
case $path in "~/"*) path="$HOME/\${path#"~/"}" ;; esac
if [ -L "$path" ]; then path=$(readlink -f -- "$path") || exit; fi
${SET_ATTRIBUTES}
part=$path.farm.$$
trap 'rm -f -- "$part"' EXIT
trap 'exit 143' TERM
umask 077
cat >"$part" || exit
for word; do
  first=\${first-yes}
  [ "$first" ] && { set --; first=; }
  case $word in *%s*) word=\${word%%%s*}$part\${word#*%s} ;; esac
  set -- "$@" "$word"
done
if [ $# -gt 0 ]; then "$@" || { echo "farm: validation $?"; exit 65; }; fi
if [ "$backup" ] && [ -e "$path" ]; then cp -p -- "$path" "$path$backup" || exit; fi
farm_set "$part" "$owner" "$group" "$mode" || exit
mv -f -- "$part" "$path"`;

/** Sees to it that a file holds this content and has these attributes: in one act, and only when something differs. @throws ModuleFailure */
export async function settleContent(context: ModuleContext, wanted: ContentWanted): Promise<ContentSettled> {
  const { path, content, before, attributes } = wanted;
  const digests = {
    dest: path,
    checksum: createHash("sha1").update(content).digest("hex"),
    md5sum: createHash("md5").update(content).digest("hex"),
  };
  if (before?.content.equals(content)) {
    const { changed, fields } = await settleAttributes(context, before.status, attributes);
    return {
      changed,
      fields: { ...digests, ...fields },
      place: context.check ? attributeFields(before.status) : fields,
    };
  }
  const backup = wanted.backup && before ? backupSuffix(context) : "";
  const fields = { ...(await write(context, wanted, backup)), size: content.length };
  const now = before ? attributeFields(before.status) : {};
  const diff = context.diff && {
    before: text(before?.content),
    after: text(content),
    before_header: path,
    after_header: path,
  };
  return {
    changed: true,
    fields: {
      ...digests,
      ...fields,
      ...(backup !== "" && { backup_file: path + backup }),
    },
    place: context.check ? now : fields,
    ...(diff && { diff }),
  };
}

async function write(
  context: ModuleContext,
  wanted: ContentWanted,
  backup: string,
): Promise<Record<string, unknown>> {
  const { path, content, before, attributes, validate } = wanted;
  const target = before?.status ?? newFile(path);
  const mode = attributes.mode === undefined ? target.mode : resolveMode(attributes.mode, target.mode, false);
  const owner = attributes.owner ?? (before ? String(target.uid) : "");
  const group = attributes.group ?? (before ? String(target.gid) : "");
  const check = validate === undefined ? [] : splitWords(validate);
  const args = [path, owner, group, mode.toString(8), backup, ...check];
  const { code, stdout, stderr } = await context.act(script("write", WRITE, args, { stdin: content }));
  const [, status] = /^farm: validation (\d+)\n$/m.exec(stdout) ?? [];
  if (status !== undefined)
    throw new ModuleFailure(`failed to validate: ${lastLine(stderr, Number(status))}`, {
      checksum: createHash("sha1").update(content).digest("hex"),
      exit_status: Number(status),
      stdout: stdout.replace(/farm: validation \d+\n$/, ""),
      stderr,
    });
  if (code !== 0)
    throw new ModuleFailure(`cannot write ${path}: ${lastLine(stderr, code)}`, { rc: code, stdout, stderr });
  if (context.check) return attributeFields(target, attributeChanges(target, { ...attributes, mode }));
  const after = await fileStatus(context, path, { follow: true });
  return attributeFields(after ?? target);
}

const newFile = (path: string): FileStatus => ({
  path,
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  owner: "root",
  group: "root",
  size: 0,
  mtime: 0,
  atime: 0,
  ctime: 0,
  inode: 0,
  device: 0,
  nlink: 1,
});

/** Ansible's: `.PID.DATE@TIME~`. */
function backupSuffix({ clock }: ModuleContext): string {
  const time = new Date(clock.now()).toISOString();
  return `.${process.pid}.${time.slice(0, 10)}@${time.slice(11, 19)}~`;
}

const text = (content: Buffer | undefined): string => content?.toString("utf8") ?? "";
