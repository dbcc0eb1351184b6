import { createHash } from "node:crypto";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { type Attributes, settleAndLook } from "./attributes.js";
import { type ContentWanted, readRemote, settleContent, sizeOf } from "./content.js";
import { makeDirectory } from "./directory.js";
import type { FileContent } from "./file-digests.js";
import { type Place, placesAt } from "./statuses.js";

/** A file to be, and where. */
export interface PlacedContent extends Attributes {
  readonly dest: string;
  /** The name that it gets in a directory. */
  readonly name: string | undefined;
  readonly content: Buffer | FileContent;
  readonly backup: boolean;
  readonly force: boolean;
  readonly validate?: string | undefined;
  /** Whether what a link leads to is written, instead of replacing the link. */
  readonly follow: boolean;
  /** Of directories that are made for a dest that ends with a slash. */
  readonly directory_mode?: string | number | undefined;
}

/** A longer file is not fetched to show how it differs. */
const LONGEST_DIFF = 256 * 1024;

/** Puts content where it belongs; `dest` may be a directory. One question when nothing is to do. @throws ModuleFailure */
export async function placeContent(wanted: PlacedContent, context: ModuleContext): Promise<ModuleResult> {
  checkValidate(wanted.validate);
  const { dest, place, parent } = await destination(wanted, context);
  const { status: found, isLink } = place;
  if (found && !wanted.force) return { changed: false, dest };
  const replacesLink = isLink && !wanted.follow;
  // A file of another size is another file: nobody need read all of it to know.
  const checksum = found?.size === sizeOf(wanted.content) ? await checksumOf(wanted.content) : undefined;
  if (found && checksum !== undefined && found.checksum === checksum && !replacesLink) {
    const { changed, fields } = await settleAndLook(context, found, wanted);
    return { changed, dest, path: dest, checksum, ...fields };
  }
  if (parent !== undefined) {
    const { owner, group, directory_mode: mode } = wanted;
    await makeDirectory(parent, { owner, group, mode }, context);
  }
  const { content, backup, validate, follow } = wanted;
  const settled = await settleContent(context, {
    path: dest,
    content,
    before: await beforeOf(dest, place, context),
    attributes: wanted,
    backup,
    validate,
    followLink: follow,
  });
  return { changed: settled.changed, ...settled.fields, ...(settled.diff && { diff: settled.diff }) };
}

/** @throws ModuleFailure for a command that would not look at the file */
export function checkValidate(validate: string | undefined): void {
  if (validate !== undefined && !validate.includes("%s"))
    throw new ModuleFailure(`validate must contain %s: ${validate}`);
}

interface Destination {
  readonly dest: string;
  readonly place: Place;
  /** A directory that has to be made first. */
  readonly parent?: string;
}

/** A directory takes the file into itself, under the name. */
async function destination({ dest, name }: PlacedContent, context: ModuleContext): Promise<Destination> {
  const asDirectory = dest.endsWith("/");
  if (name === undefined && asDirectory)
    throw new ModuleFailure(`can not use content with a dir as dest: ${dest}`, { dest });
  const plain = dest.replace(/(?<=.)\/+$/, "");
  const inside = name === undefined ? undefined : `${plain.replace(/\/$/, "")}/${name}`;
  const [itself, within] = await placesAt(context, inside === undefined ? [plain] : [plain, inside], "sha1");
  const isDirectory = itself?.status?.type === "directory";
  if (!isDirectory && !asDirectory) return { dest, place: itself ?? NOTHING };
  if (inside === undefined)
    throw new ModuleFailure(`can not use content with a dir as dest: ${dest}`, { dest });
  if (within?.status?.type === "directory")
    throw new ModuleFailure(`${inside} is a directory`, { dest: inside });
  return { dest: inside, place: within ?? NOTHING, ...(!isDirectory && { parent: plain }) };
}

const NOTHING: Place = { status: undefined, isLink: false };

/** The old file; its content only where somebody will look at it. */
async function beforeOf(
  dest: string,
  { status }: Place,
  context: ModuleContext,
): Promise<ContentWanted["before"]> {
  if (!status) return undefined;
  const isShown = context.diff && status.type === "file" && status.size <= LONGEST_DIFF;
  return isShown ? await readRemote(context, dest) : { status };
}

const checksumOf = async (content: Buffer | FileContent): Promise<string> =>
  Buffer.isBuffer(content)
    ? createHash("sha1").update(content).digest("hex")
    : (await content.digests()).checksum;
