import { bring } from "./bring.js";
import { commitCommand, removeCommand } from "./commit-command.js";
import { derive } from "./derive.js";
import { expectSuccess, type Job, type Made } from "./job.js";
import { type IndexEntry, partPath } from "./store-layout.js";

/**
 * Brings a source into the store: partial file, digest, structure, rename. The caller holds the lock.
 * Nothing but whole, verified images is left behind, whatever happens.
 */
export async function obtain(job: Job, fileKey: string | undefined): Promise<IndexEntry> {
  const parts: [string, ...string[]] = [partPath(job.host.images, job.key, job.unique())];
  try {
    const brought: Made = await (job.make?.(job, parts) ?? bring(job, parts[0]));
    const { entry: image, part } = await derive(job, brought, fileKey, parts);
    const entry = { ...image, ...(brought.trace && { trace: brought.trace }) };
    await expectSuccess(job, commitCommand({ images: job.host.images, key: job.key, entry, part }), "store");
    return entry;
  } catch (error) {
    for (const part of parts) await removePart(job, part);
    throw error;
  }
}

/** Without the job's signal, which may be why it is called. The next holder of the lock removes what stays. */
async function removePart({ shell, warn, host }: Job, part: string): Promise<void> {
  try {
    await shell.run(removeCommand(part));
  } catch {
    warn(`could not remove ${part} on '${host.name}': the next fetch of this image will`);
  }
}
