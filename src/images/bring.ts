import { ImageError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, RunOptions } from "../transport/shell.js";
import type { Job } from "./job.js";
import { withRetries } from "./retry.js";
import { displaySource } from "./source-url.js";
import { copyCommand, fetchCommand, parseProgress, parseTransfer, type Transfer } from "./transfer.js";
import { copyFailure, transferFailure } from "./transfer-failure.js";

/** Fetches or copies a source into a partial file. @throws ImageError */
export const bring = (job: Job, part: string): Promise<Transfer> =>
  job.isFile ? copy(job, part) : fetch(job, part);

/** @throws ImageError when the hypervisor has no program to fetch with. */
export function fetcherOf({ host }: Pick<Job, "host">): "curl" | "wget" {
  if (host.fetcher) return host.fetcher;
  throw new ImageError(`'${host.name}' has neither curl nor wget`, { hint: "install curl there" });
}

async function fetch(job: Job, part: string): Promise<Transfer> {
  const fetcher = fetcherOf(job);
  const what = `cannot fetch ${displaySource(job.source)} to '${job.host.name}'`;
  return withRetries(
    async () => {
      const transfer = await runTransfer(job, fetchCommand(fetcher, job.source, part), "fetch");
      return transferFailure(fetcher, transfer) ?? { value: transfer };
    },
    { clock: job.clock, signal: job.signal, what, onRetry: job.warn },
  );
}

async function copy(job: Job, part: string): Promise<Transfer> {
  const transfer = await runTransfer(job, copyCommand(job.source, part), "copy");
  const failure = copyFailure(transfer);
  if (!failure) return transfer;
  throw new ImageError(`cannot copy ${job.source} on '${job.host.name}': ${failure.reason}`, {
    hint: failure.hint,
  });
}

async function runTransfer(job: Job, command: Command, step: "fetch" | "copy"): Promise<Transfer> {
  let rest = "";
  const onOutput: RunOptions["onOutput"] = (stream, chunk) => {
    if (stream === "stderr") return;
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    const progress = lines.flatMap((line) => parseProgress(line) ?? []).at(-1);
    if (progress) job.report({ step, ...progress });
  };
  const { stdout, stderr, code } = await job.shell.run(command, { signal: job.signal, onOutput });
  const transfer = parseTransfer(stdout, stderr);
  if (!transfer)
    throw new ImageError(`cannot ${step} on '${job.host.name}': ${plainText(stderr) || `exit ${code}`}`);
  if (transfer.exit === 0) job.report({ step, done: transfer.bytes, total: transfer.bytes });
  return transfer;
}
