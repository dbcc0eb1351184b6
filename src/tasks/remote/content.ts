import { randomBytes } from "node:crypto";
import type { Command } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { Diff, ModuleContext } from "../module/module.js";
import { splitWords } from "../words.js";
import {
  type Attributes,
  attributeChanges,
  attributeFields,
  resolveMode,
  settleAttributes,
} from "./attributes.js";
import type { FileContent } from "./file-digests.js";
import type { RemoteFile } from "./read.js";
import { script } from "./script.js";
import { digestsOf as digestsInMemory } from "./source-file.js";
import { type FileStatus, fileStatus, lastLine } from "./status.js";
import { VALIDATION, writeScript } from "./write-script.js";

export { type RemoteFile, readRemote } from "./read.js";

export interface ContentWanted {
  readonly path: string;
  readonly content: Buffer | FileContent;
  /** What is there now; undefined: nothing. Without content: something else than what is wanted. */
  readonly before: RemoteFile | (Pick<RemoteFile, "status"> & { readonly content?: undefined }) | undefined;
  readonly attributes: Attributes;
  readonly backup?: boolean | undefined;
  /** A command with %s for the new file; it is not put in place when this fails. */
  readonly validate?: string | undefined;
  /** false: a link at the path is replaced by the file. Default: what it leads to is. */
  readonly followLink?: boolean | undefined;
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

/** Sees to it that a file holds this content and has these attributes: in one act, and only when something differs. @throws ModuleFailure */
export async function settleContent(context: ModuleContext, wanted: ContentWanted): Promise<ContentSettled> {
  const { path, content, before, attributes } = wanted;
  if (Buffer.isBuffer(content) && before?.content?.equals(content)) {
    const { changed, fields } = await settleAttributes(context, before.status, attributes);
    return {
      changed,
      fields: { dest: path, ...(await digestsOf(content)), ...fields },
      place: context.check ? attributeFields(before.status) : fields,
    };
  }
  const backup = wanted.backup && before ? backupSuffix(context) : "";
  const fields = { ...(await write(context, wanted, backup)), size: sizeOf(content) };
  const now = before ? attributeFields(before.status) : {};
  return {
    changed: true,
    fields: {
      dest: path,
      ...(await digestsOf(content)),
      ...fields,
      ...(backup !== "" && { backup_file: path + backup }),
    },
    place: context.check ? now : fields,
    ...(context.diff && { diff: diffOf(path, before, content) }),
  };
}

async function write(
  context: ModuleContext,
  wanted: ContentWanted,
  backup: string,
): Promise<Record<string, unknown>> {
  const { path, content, before, attributes, validate, followLink = true } = wanted;
  const target = before?.status ?? newFile(path);
  const mode = attributes.mode === undefined ? target.mode : resolveMode(attributes.mode, target.mode, false);
  const owner = attributes.owner ?? (before ? String(target.uid) : "");
  const group = attributes.group ?? (before ? String(target.gid) : "");
  const check = validate === undefined ? [] : splitWords(validate);
  const args = [path, owner, group, mode.toString(8), backup, ...check];
  const { code, stdout, stderr } = await context.act(writeCommand(content, followLink, args));
  const status = VALIDATION.exec(stdout)?.[1];
  if (status !== undefined)
    throw new ModuleFailure(`failed to validate: ${lastLine(stderr, Number(status))}`, {
      checksum: (await digestsOf(content)).checksum,
      exit_status: Number(status),
      stdout: stdout.replace(VALIDATION, ""),
      stderr,
    });
  if (code !== 0)
    throw new ModuleFailure(`cannot write ${path}: ${lastLine(stderr, code)}`, { rc: code, stdout, stderr });
  if (context.check) return attributeFields(target, attributeChanges(target, { ...attributes, mode }));
  const after = await fileStatus(context, path, { follow: true });
  return attributeFields(after ?? target);
}

function writeCommand(content: Buffer | FileContent, followLink: boolean, args: readonly string[]): Command {
  const wanted = { bytes: sizeOf(content), followLink };
  if ("onMachine" in content)
    return script("copy", writeScript({ ...wanted, from: "machine" }), [content.onMachine, ...args]);
  // Beside what a link leads to is where only the machine knows.
  if (Buffer.isBuffer(content) || followLink)
    return script("write", writeScript(wanted), args, { stdin: content });
  const stdinFile = `${args[0]}.farm.${randomBytes(6).toString("hex")}`;
  const text = writeScript({ ...wanted, from: "new file" });
  return script("write", text, [stdinFile, ...args], { stdin: content, stdinFile });
}

const digestsOf = async (content: Buffer | FileContent) =>
  Buffer.isBuffer(content) ? digestsInMemory(content) : content.digests();

/** Bytes. */
export const sizeOf = (content: Buffer | FileContent): number =>
  Buffer.isBuffer(content) ? content.length : content.bytes;

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
export function backupSuffix({ clock }: Pick<ModuleContext, "clock">): string {
  const time = new Date(clock.now()).toISOString();
  return `.${process.pid}.${time.slice(0, 10)}@${time.slice(11, 19)}~`;
}

/** Of texts; of what is none, or has not been looked at, only the size. */
function diffOf(path: string, before: ContentWanted["before"], after: Buffer | FileContent): Diff {
  return {
    before: before ? shown(before.content ?? { bytes: before.status.size }) : "",
    after: shown(after),
    before_header: path,
    after_header: path,
  };
}

function shown(content: Buffer | { readonly bytes: number }): string {
  if (!Buffer.isBuffer(content)) return `(${content.bytes} bytes)\n`;
  return content.includes(0) ? `(binary, ${content.length} bytes)\n` : content.toString("utf8");
}
