import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { ModuleFailure } from "../module/failure.js";
import type { Diff, ModuleContext, ModuleResult } from "../module/module.js";
import { settleAllAttributes } from "./attributes.js";
import { backupSuffix, readRemote, settleContent } from "./content.js";
import { type Candidate, type FileToWrite, planCopy } from "./copy-plan.js";
import { makeDirectories } from "./directory.js";
import { settleLinks } from "./links.js";
import { checkValidate, type PlacedContent, placeContent } from "./place-content.js";
import { placeMany } from "./place-many.js";
import { LARGE, sourceFile } from "./source-file.js";
import { sourceTree } from "./source-tree.js";
import { placesAt } from "./statuses.js";

interface CopyWanted extends Omit<PlacedContent, "content" | "name"> {
  readonly src: string;
  readonly local_follow: boolean;
  readonly decrypt: boolean;
  /** SHA-1 that a file must have. */
  readonly checksum?: string | undefined;
}

/** Copies a file or directory of the controller. @throws ModuleFailure */
export async function copyTree(wanted: CopyWanted, context: ModuleContext): Promise<ModuleResult> {
  const source = await context.controller.find("files", wanted.src);
  const isDirectory = (await stat(source)).isDirectory();
  return isDirectory ? copyDirectory(source, wanted, context) : copyFile(source, wanted, context);
}

async function copyFile(source: string, wanted: CopyWanted, context: ModuleContext): Promise<ModuleResult> {
  const file = await sourceFile(source, wanted.decrypt, context);
  if (wanted.checksum !== undefined) checkDigest(wanted.checksum, (await file.digests()).checksum);
  const mode = wanted.mode === "preserve" ? file.mode : wanted.mode;
  const result = await placeContent(
    { ...wanted, mode, name: basename(source), content: file.content },
    context,
  );
  return result.changed ? { ...result, src: source } : result;
}

/** @throws ModuleFailure when a file is not the one that the task means */
export function checkDigest(expected: string | undefined, checksum: string | undefined): void {
  if (expected !== undefined && expected !== checksum)
    throw new ModuleFailure("Copied file does not match the expected checksum. Transfer failed.", {
      checksum,
      expected_checksum: expected,
    });
}

async function copyDirectory(
  source: string,
  wanted: CopyWanted,
  context: ModuleContext,
): Promise<ModuleResult> {
  checkValidate(wanted.validate);
  const dest = wanted.dest.replace(/(?<=.)\/+$/, "");
  const base = wanted.src.endsWith("/") ? dest : below(dest, basename(source));
  const candidates = await candidatesOf(source, base, wanted, context);
  const { directories, links, writes, settle } = planCopy(candidates, wanted);
  const { owner, group, directory_mode } = wanted;
  await makeDirectories(directories, { owner, group, mode: directory_mode }, context);
  const linked = await settleLinks(links, context);
  const diff = context.diff ? await diffsOf(writes, wanted, context) : [];
  await writeAll(writes, wanted, context);
  const attributed = await settleAllAttributes(context, settle);
  return {
    changed: directories.length > 0 || linked || writes.length > 0 || attributed,
    src: source,
    dest: `${dest.replace(/\/$/, "")}/`,
    ...(diff.length > 0 && { diff }),
  };
}

/** All that shall be copied, and what is on the machine where it shall be: one question. */
async function candidatesOf(
  source: string,
  base: string,
  { local_follow, decrypt }: CopyWanted,
  context: ModuleContext,
): Promise<Candidate[]> {
  const entries = await sourceTree(source, local_follow);
  const dests = entries.map(({ name }) => (name === "" ? base : below(base, name)));
  const places = await placesAt(context, dests, "sha1");
  const candidates: Candidate[] = [];
  for (const [index, entry] of entries.entries()) {
    const place = places[index] ?? { status: undefined, isLink: false };
    const file = entry.type === "file" ? await sourceFile(entry.path, decrypt, context) : undefined;
    const { bytes, mode } = file ?? {};
    // A file of another size is another file.
    const checksum = place.status?.size === bytes ? (await file?.digests())?.checksum : undefined;
    candidates.push({ entry, dest: dests[index] ?? base, place, checksum, bytes, mode });
  }
  return candidates;
}

const below = (directory: string, name: string): string => `${directory.replace(/\/$/, "")}/${name}`;

async function writeAll(
  writes: readonly FileToWrite[],
  { decrypt, backup, validate }: CopyWanted,
  context: ModuleContext,
): Promise<void> {
  const alone = (file: FileToWrite) => validate !== undefined || file.bytes > LARGE;
  const small = writes.filter((file) => !alone(file));
  const inMemory = async ({ source }: FileToWrite): Promise<Buffer> => {
    const { content } = await sourceFile(source, decrypt, context);
    if (Buffer.isBuffer(content)) return content;
    throw new ModuleFailure(`${source} grew while it was copied`);
  };
  await placeMany(
    small.map((file) => ({ ...file, path: file.dest, content: () => inMemory(file) })),
    backup ? backupSuffix(context) : "",
    context,
  );
  for (const file of writes.filter(alone)) {
    const { owner, group, mode, before } = file;
    await settleContent(context, {
      path: file.dest,
      content: (await sourceFile(file.source, decrypt, context)).content,
      before: before && { status: before },
      attributes: { owner: owner || undefined, group: group || undefined, mode },
      backup,
      validate,
      followLink: false,
    });
  }
}

/** Of small texts: what is there, and what will be. */
async function diffsOf(
  writes: readonly FileToWrite[],
  { decrypt }: CopyWanted,
  context: ModuleContext,
): Promise<Diff[]> {
  const diffs: Diff[] = [];
  for (const { source, dest, bytes, before } of writes) {
    if (bytes > LARGE || (before?.size ?? 0) > LARGE) continue;
    const [old, { content }] = await Promise.all([
      before && readRemote(context, dest),
      sourceFile(source, decrypt, context),
    ]);
    const texts = [old?.content ?? Buffer.alloc(0), content];
    if (texts.some((text) => !Buffer.isBuffer(text) || text.includes(0))) continue;
    const [after, past] = [String(content), String(old?.content ?? "")];
    diffs.push({ before: past, after, before_header: dest, after_header: dest });
  }
  return diffs;
}
