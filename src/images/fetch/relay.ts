import { ImageError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import type { ControllerCache, FetchedFile, Job } from "./job.js";
import { parsePartial, partialCommand, type Resume } from "./partial.js";
import { runTransfer } from "./run-transfer.js";
import { type Transfer, uploadCommand } from "./transfer.js";
import { NO_SPACE, SPACE_HINT } from "./transfer-failure.js";

/** What came through the controller, with the digest that it had there. */
export type Relayed = Transfer & { readonly resumed: boolean; readonly sha256: string };

/**
 * Lets the controller fetch a source, and sends it to a partial file on the hypervisor: the rest of it when its beginning is there.
 * @throws ImageError
 */
export async function relay(job: Job, via: ControllerCache, part: string): Promise<Relayed> {
  const { source: url, recipe, digest } = job;
  const checksum = digest ?? recipe.checksum;
  const wanted = { url, ...(recipe.mirrors && { mirrors: recipe.mirrors }), ...(checksum && { checksum }) };
  const file = await via.fetch(wanted, job.signal, job.report);
  const from = `sha256:${file.sha256}`;
  const resume = await findBeginning(job, part, from, file);
  const transfer = await runTransfer(job, uploadCommand({ part, from, resume }, file), "upload", file.bytes);
  if (transfer.exit === 0 && transfer.bytes === file.bytes)
    return { ...transfer, headers: file.headers, resumed: resume !== undefined, sha256: file.sha256 };
  const full = NO_SPACE.test(transfer.stderr);
  const why = full ? "there is no space left" : plainText(transfer.stderr) || `exit ${transfer.exit}`;
  throw new ImageError(
    `cannot send ${file.path} to '${job.host.name}': ${why}`,
    full ? { hint: SPACE_HINT } : {},
  );
}

async function findBeginning(
  { shell, signal }: Job,
  part: string,
  from: string,
  { bytes }: FetchedFile,
): Promise<Resume | undefined> {
  const { stdout } = await shell.run(partialCommand(part), { signal });
  const partial = parsePartial(stdout);
  return partial?.from === from && partial.bytes <= bytes ? { offset: partial.bytes } : undefined;
}
