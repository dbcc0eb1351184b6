import { ConnectionLostError, InterruptedError } from "../errors.js";
import { failPoint } from "../fail-point.js";
import { bring, removePart } from "./fetch/bring.js";
import { commitCommand } from "./fetch/commit-command.js";
import { expectSuccess, type Job } from "./fetch/job.js";
import { SourceError } from "./fetch/source-error.js";
import { downloadPath, type IndexEntry, partPath } from "./layout/store-layout.js";
import { derive } from "./overlay/derive.js";
import type { Digest } from "./recipe/checksum.js";
import { displaySource } from "./recipe/source-url.js";

/**
 * Brings a source into the store, from the first of its addresses that gives it whole and right. The caller holds the lock.
 * @throws SourceError when none does; which one gave something wrong was told.
 */
export async function obtain(job: Job, fileKey: string | undefined): Promise<IndexEntry> {
  // Through the controller it is he who goes from one to the next.
  const mirrors = job.isFile || job.via ? [] : (job.recipe.mirrors ?? []);
  let source = job.source;
  for (const next of mirrors)
    try {
      return await obtainFrom({ ...job, source }, fileKey);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      job.warn(`${error.message}; trying the mirror ${displaySource(next)}`);
      source = next;
    }
  return obtainFrom({ ...job, source }, fileKey);
}

/**
 * Partial file, digest, structure, rename. Nothing but whole, verified images is left behind, whatever happens, and what a later
 * fetch can go on with.
 */
async function obtainFrom(job: Job, fileKey: string | undefined): Promise<IndexEntry> {
  const { images } = job.host;
  const source = job.isFile ? partPath(images, job.key, job.unique()) : downloadPath(images, job.key);
  failPoint("image/fetch");
  const brought = await bring(job, source);
  failPoint("image/fetch.");
  const parts: [string, ...string[]] = [source];
  try {
    const digest = brought.sha256 === undefined ? job.digest : sha256(brought.sha256);
    const { entry, part } = await derive({ ...job, digest }, brought, fileKey, parts);
    failPoint("image/store");
    await expectSuccess(job, commitCommand({ images, key: job.key, entry, part }), "store");
    failPoint("image/store.");
    return entry;
  } catch (error) {
    const worth = error instanceof InterruptedError || error instanceof ConnectionLostError ? [source] : [];
    for (const part of parts) if (!worth.includes(part)) await removePart(job, part);
    if (!(brought.resumed && error instanceof SourceError)) throw error;
    job.warn(`${error.message}; its beginning was fetched earlier: all of it is fetched anew`);
    return obtainFrom(job, fileKey);
  }
}

const sha256 = (hex: string): Digest => ({ algorithm: "sha256", hex });
