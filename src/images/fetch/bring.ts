import { ImageError } from "../../errors.js";
import { displaySource, sourceKey } from "../recipe/source-url.js";
import { removeCommand } from "./commit-command.js";
import type { ControllerCache, Job } from "./job.js";
import { parsePartial, partialCommand, type Resume, resumeFrom } from "./partial.js";
import { relay } from "./relay.js";
import { withRetries } from "./retry.js";
import { runTransfer } from "./run-transfer.js";
import { copyCommand, type Fetcher, fetchCommand, type Transfer } from "./transfer.js";
import { copyFailure, type TransferFailure, transferFailure } from "./transfer-failure.js";

/** A source that lies in a partial file, complete. */
export type Brought = Transfer & {
  /** Its beginning is of another transfer, be it of this run or of one that died. */
  readonly resumed?: boolean;
  /** What it must come to, when the controller has looked already. */
  readonly sha256?: string;
};

/**
 * Fetches or copies a source into a partial file. One that broke off stays, so that the next try, or the next run, goes on with it.
 * @throws ImageError
 */
export function bring(job: Job, part: string): Promise<Brought> {
  if (job.isFile) return copy(job, part);
  return job.via ? relayed(job, job.via, part) : fetch(job, part);
}

/** @throws ImageError when who talks to servers has no program for it. */
export function fetcherOf({ net }: Pick<Job, "net">): Fetcher {
  if (net.fetcher) return net.fetcher;
  throw new ImageError(`'${net.name}' has neither curl nor wget`, { hint: "install curl there" });
}

async function relayed(job: Job, via: ControllerCache, part: string): Promise<Brought> {
  try {
    return await relay(job, via, part);
  } catch (error) {
    if (error instanceof ImageError) await removePart(job, part);
    throw error;
  }
}

async function fetch(job: Job, part: string): Promise<Brought> {
  const fetcher = fetcherOf(job);
  const what = `cannot fetch ${displaySource(job.source)} to '${job.host.name}'`;
  const attempt = async (): Promise<{ readonly value: Brought } | TransferFailure> => {
    const resume = await findResume(job, part);
    let transfer = await fetchOnce(job, fetcher, part, resume);
    const resumed = resume !== undefined && !sentAnother(transfer);
    if (resume && !resumed) transfer = await fetchOnce(job, fetcher, part, undefined);
    const failure = transferFailure(fetcher, transfer);
    if (!failure) return { value: { ...transfer, resumed } };
    if (!failure.mayPass) await removePart(job, part);
    return { ...failure, cameFurther: resumed && transfer.bytes > resume.offset + 1 };
  };
  return withRetries(attempt, { clock: job.clock, signal: job.signal, what, onRetry: job.warn });
}

async function fetchOnce(
  job: Job,
  fetcher: Fetcher,
  part: string,
  resume: Resume | undefined,
): Promise<Transfer> {
  const command = fetchCommand(fetcher, job.source, { part, from: sourceKey(job.source), resume });
  try {
    return await runTransfer(job, command, "fetch");
  } catch (error) {
    if (error instanceof ImageError) await removePart(job, part);
    throw error;
  }
}

async function findResume({ shell, source, digest, signal }: Job, part: string): Promise<Resume | undefined> {
  const { stdout } = await shell.run(partialCommand(part), { signal });
  return resumeFrom(parsePartial(stdout), sourceKey(source), digest !== undefined);
}

/** The server does not send parts, or has another file than the one that the beginning is of. */
const sentAnother = ({ headers: { status } }: Transfer): boolean => status === 200 || status === 416;

async function copy(job: Job, part: string): Promise<Transfer> {
  const transfer = await runTransfer(job, copyCommand(job.source, part), "copy");
  const failure = copyFailure(transfer);
  if (!failure) return transfer;
  await removePart(job, part);
  throw new ImageError(`cannot copy ${job.source} on '${job.host.name}': ${failure.reason}`, {
    hint: failure.hint,
  });
}

/** Without the job's signal, which may be why it is called. The next holder of the lock removes what stays. */
export async function removePart({ shell, warn, host }: Job, part: string): Promise<void> {
  try {
    await shell.run(removeCommand(part));
  } catch {
    warn(`could not remove ${part} on '${host.name}': the next fetch of this image will`);
  }
}
