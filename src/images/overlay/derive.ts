import { removeCommand } from "../fetch/commit-command.js";
import type { Job } from "../fetch/job.js";
import type { Transfer } from "../fetch/transfer.js";
import { verify, verifyOrigin, verifyPlain } from "../fetch/verify.js";
import { type IndexEntry, partPath } from "../layout/store-layout.js";
import { unpack } from "../unpack/unpack.js";
import { convert } from "./convert.js";

type File = Pick<Transfer, "bytes" | "magic" | "headers">;

/** A partial file and what it is. */
interface Made {
  readonly part: string;
  readonly entry: IndexEntry;
}

/**
 * What a fetched partial file becomes: itself, or an image unpacked from it, or converted. Nothing is unpacked before its digest was
 * found right, nothing converted before its structure was. `parts` comes to name every partial file there may be.
 */
export async function derive(
  job: Job,
  fetched: File,
  fileKey: string | undefined,
  parts: [string, ...string[]],
): Promise<Made> {
  const [source] = parts;
  const { unpack: archive, convertTo } = job.recipe;
  if (job.plain) return { part: source, entry: await verifyPlain(job, source, fetched) };
  if (!job.derived) return { part: source, entry: await verify(job, source, fetched, fileKey) };
  // What comes out of the source has neither its digest nor its place.
  const inner: Job = { ...job, digest: undefined, isFile: false };
  if (archive === undefined) {
    const entry = await verify(job, source, fetched, fileKey);
    const made = await converted(inner, { part: source, entry }, fetched, parts);
    return { part: made.part, entry: withOrigin(made.entry, entry, fileKey) };
  }
  const origin = await verifyOrigin(job, source, fetched.bytes, fileKey);
  const part = nextPart(job, parts);
  const unpacked = await unpack(job, source, part, fetched);
  await job.shell.run(removeCommand(source), { signal: job.signal });
  const image = { part, entry: await verify(inner, part, unpacked, undefined) };
  const made = convertTo === undefined ? image : await converted(inner, image, fetched, parts);
  return { part: made.part, entry: withOrigin(made.entry, origin, fileKey) };
}

async function converted(job: Job, image: Made, fetched: File, parts: string[]): Promise<Made> {
  const to = job.recipe.convertTo ?? image.entry.format;
  if (image.entry.format === to) return image;
  const part = nextPart(job, parts);
  const file = await convert(job, { from: image.entry.format, to, path: image.part, part });
  await job.shell.run(removeCommand(image.part), { signal: job.signal });
  const expected = { ...job, recipe: { ...job.recipe, format: to } };
  return { part, entry: await verify(expected, part, { ...file, headers: fetched.headers }, undefined) };
}

function nextPart(job: Job, parts: string[]): string {
  const part = partPath(job.host.images, job.key, job.unique());
  parts.push(part);
  return part;
}

const withOrigin = (
  entry: IndexEntry,
  { sha256, sha512, sizeBytes }: Pick<IndexEntry, "sha256" | "sizeBytes"> & { sha512?: string | undefined },
  fileKey: string | undefined,
): IndexEntry => ({
  ...entry,
  ...(fileKey && { fileKey }),
  origin: { sha256Hex: sha256, ...(sha512 && { sha512Hex: sha512 }), bytes: sizeBytes },
});
