import { ImageError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, RunOptions } from "../../transport/shell.js";
import { formatSize } from "../../values/size.js";
import { displaySource } from "../recipe/source-url.js";
import type { Job } from "./job.js";
import { paceMeter } from "./pace.js";
import { parseProgress, parseRoom, parseTransfer, type Transfer } from "./transfer.js";
import { SPACE_HINT } from "./transfer-failure.js";

type TransferStep = "fetch" | "copy" | "upload";

/** Runs a transfer and reports how far it is. @throws ImageError when it is clear that the disk has no room for all of it: before it is full, for guests live there too */
export async function runTransfer(
  job: Job,
  command: Command,
  step: TransferStep,
  total?: number,
): Promise<Transfer> {
  const tooLarge = new AbortController();
  const signal = AbortSignal.any([job.signal, tooLarge.signal]);
  const onOutput = linesOf(progressReader(job, step, total, (error) => tooLarge.abort(error)));
  const result = await job.shell.run(command, { signal, onOutput }).catch((error: unknown) => {
    throw tooLarge.signal.aborted ? tooLarge.signal.reason : error;
  });
  const { stdout, stderr, code } = result;
  const transfer = parseTransfer(stdout, stderr);
  if (!transfer)
    throw new ImageError(`cannot ${step} on '${job.host.name}': ${plainText(stderr) || `exit ${code}`}`);
  if (transfer.exit === 0) job.report({ step, done: transfer.bytes, total: transfer.bytes });
  return transfer;
}

/** Reports how far it is, as the lines of a transfer tell. */
function progressReader(
  job: Job,
  step: TransferStep,
  whole: number | undefined,
  stop: (error: ImageError) => void,
) {
  const pace = paceMeter(() => job.clock.now());
  let room = Number.POSITIVE_INFINITY;
  return (line: string): void => {
    room = Math.min(room, parseRoom(line) ?? room);
    const said = parseProgress(line);
    if (!said) return;
    const { done, total = whole } = said;
    job.report({ step, done, ...(total !== undefined && { total }), ...pace(done, total) });
    if (total === undefined || total <= room) return;
    const [has, free] = [formatSize(total), formatSize(room)];
    const what = `cannot ${step} ${displaySource(job.source)} to '${job.host.name}'`;
    stop(new ImageError(`${what}: it has ${has}, and there is room for ${free}`, { hint: SPACE_HINT }));
  };
}

/** Whole lines of stdout, as they come. */
function linesOf(each: (line: string) => void): RunOptions["onOutput"] {
  let rest = "";
  return (stream, chunk) => {
    if (stream === "stderr") return;
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) each(line);
  };
}
