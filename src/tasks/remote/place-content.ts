import { createHash } from "node:crypto";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import { type Attributes, settleAttributes } from "./attributes.js";
import { type RemoteFile, readRemote, settleContent } from "./content.js";
import { type FileStatus, fileStatus } from "./status.js";

/** A file to be, and where. */
export interface PlacedContent extends Attributes {
  readonly dest: string;
  /** The name that it gets in a directory. */
  readonly name: string | undefined;
  readonly content: Buffer;
  readonly backup: boolean;
  readonly force: boolean;
  readonly validate?: string | undefined;
}

/** Above this size a file is compared by its checksum and not fetched for a diff. */
const LONGEST_DIFF = 256 * 1024;

/** Puts content where it belongs; `dest` may be a directory. One question when nothing is to do. @throws ModuleFailure */
export async function placeContent(wanted: PlacedContent, context: ModuleContext): Promise<ModuleResult> {
  let { dest } = wanted;
  let found = await look(dest, context);
  if (found?.type === "directory" || dest.endsWith("/")) {
    if (wanted.name === undefined)
      throw new ModuleFailure(`can not use content with a dir as dest: ${dest}`, { dest });
    dest = `${dest.replace(/\/+$/, "")}/${wanted.name}`;
    found = await look(dest, context);
    if (found?.type === "directory") throw new ModuleFailure(`${dest} is a directory`, { dest });
  }
  if (found && !wanted.force) return { changed: false, dest };
  const checksum = createHash("sha1").update(wanted.content).digest("hex");
  if (found?.checksum === checksum) {
    const { changed, fields } = await settleAttributes(context, found, wanted);
    return { changed, dest, path: dest, checksum, ...fields };
  }
  const before = found && (await beforeOf(found, dest, context));
  const { backup, validate, content } = wanted;
  const settled = await settleContent(context, {
    path: dest,
    content,
    before,
    attributes: wanted,
    backup,
    validate,
  });
  return { changed: settled.changed, ...settled.fields, ...(settled.diff && { diff: settled.diff }) };
}

const look = (dest: string, context: ModuleContext): Promise<FileStatus | undefined> =>
  fileStatus(context, dest.replace(/(?<=.)\/+$/, ""), { follow: true, checksum: "sha1" });

/** The old file; its content only where somebody will look at it. */
async function beforeOf(status: FileStatus, dest: string, context: ModuleContext): Promise<RemoteFile> {
  const wanted = context.diff && status.size <= LONGEST_DIFF;
  return (wanted ? await readRemote(context, dest) : undefined) ?? { status, content: UNKNOWN };
}

/** Differs from any content that is put in its place. */
const UNKNOWN = Buffer.from("\0(not fetched)");
