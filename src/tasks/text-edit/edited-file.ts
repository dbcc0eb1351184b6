import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { type Attributes, attributeChanges } from "../remote/attributes.js";
import { type RemoteFile, readRemote, settleContent } from "../remote/content.js";
import { HOME } from "../remote/home.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { type ByteText, byteText } from "./byte-text.js";

/** What all modules that edit texts take besides. */
export interface EditOptions extends Attributes {
  readonly path: string;
  /** When there is no such file: whether an empty one is edited, the task fails, or that is as it shall be. */
  readonly missing: { readonly do: "create" } | { readonly do: "fail" | "leave"; readonly msg: string };
  readonly backup: boolean;
  readonly validate?: string | undefined;
  /** The result names the path: it tells of its owner, mode and size, too. */
  readonly namesPath?: boolean;
}

export interface FileText extends Pick<ByteText, "text" | "given"> {
  readonly exists: boolean;
}

/** A text as it shall be, with what to say of it. */
export interface Edited {
  readonly text: string;
  /** Ansible's message; empty when nothing changed. */
  readonly msg: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Edits a file of the machine: one question, and one act when it changes. @throws ModuleFailure */
export async function editFile(
  options: EditOptions,
  context: ModuleContext,
  edit: (file: FileText) => Edited,
): Promise<ModuleResult> {
  const { path, missing, backup, validate, namesPath = false } = options;
  if (validate !== undefined && !validate.includes("%s"))
    throw new ModuleFailure(`validate must contain %s: ${validate}`);
  const before = await readRemote(context, path);
  if (!before && missing.do === "fail") throw new ModuleFailure(missing.msg, { rc: 257, path });
  if (!before && missing.do === "leave")
    return { changed: false, msg: missing.msg, ...(namesPath && { path }) };
  const form = byteText(before?.content);
  const edited = edit({ text: form.text, given: form.given, exists: before !== undefined });
  if (!before) await makeParents(path, context);
  const settled = await settleContent(context, {
    path,
    content: form.bytes(edited.text),
    before,
    attributes: options,
    backup,
    validate,
  });
  const backupFile = settled.fields["backup_file"];
  return {
    changed: settled.changed,
    msg: [edited.msg, ...attributeMessage(options, before)].filter(Boolean).join(" and "),
    ...edited.fields,
    ...(namesPath && { path, ...settled.place }),
    ...(typeof backupFile === "string" && { backup_file: backupFile }),
    ...(settled.diff && { diff: settled.diff }),
  };
}

const attributeMessage = (options: EditOptions, before: RemoteFile | undefined): string[] =>
  before && attributeChanges(before.status, options) ? ["ownership, perms or SE linux context changed"] : [];

const PARENTS = `${HOME}
case $1 in */*) parent=\${1%/*} ;; *) exit 0 ;; esac
[ -z "$parent" ] || [ -d "$parent" ] || mkdir -p -- "$parent"`;

/** Makes the directory of a file, where it is not there. @throws ModuleFailure */
export async function makeParents(path: string, context: ModuleContext): Promise<void> {
  const { code, stderr } = await context.act(script("parents", PARENTS, [path]));
  if (code !== 0) throw new ModuleFailure(`cannot make the directory of ${path}: ${lastLine(stderr, code)}`);
}
