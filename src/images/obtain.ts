import { ConnectionLostError, InterruptedError } from "../errors.js";
import { failPoint } from "../fail-point.js";
import { bring, removePart } from "./bring.js";
import { commitCommand } from "./commit-command.js";
import { derive } from "./derive.js";
import { expectSuccess, type Job } from "./job.js";
import { SourceError } from "./source-error.js";
import { displaySource } from "./source-url.js";
import { downloadPath, type IndexEntry, partPath } from "./store-layout.js";

/**
 * Brings a source into the store, from the first of its addresses that gives it whole and right. The caller holds the lock.
 * @throws SourceError when none does; which one gave something wrong was told.
 */
export async function obtain(job: Job, fileKey: string | undefined): Promise<IndexEntry> {
  const mirrors = job.isFile ? [] : (job.recipe.mirrors ?? []);
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
    const { entry, part } = await derive(job, brought, fileKey, parts);
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
