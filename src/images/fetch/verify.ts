import { ImageError } from "../../errors.js";
import { failPoint } from "../../fail-point.js";
import { plainText } from "../../transport/plain-text.js";
import { inspectHeader } from "../format/image-header.js";
import { judgeCheck, judgeInfo } from "../format/image-info.js";
import type { IndexEntry } from "../layout/store-layout.js";
import type { ImageFormat } from "../recipe/callbacks.js";
import type { Digest } from "../recipe/checksum.js";
import { displaySource } from "../recipe/source-url.js";
import type { Job } from "./job.js";
import type { ResponseHeaders } from "./response-headers.js";
import { SourceError } from "./source-error.js";
import type { Transfer } from "./transfer.js";
import { parseVerification, type Verification, verifyCommand } from "./verify-command.js";

/** Also for an image that is used in place: digest, format and structure of a file, as an entry of the index. */
export async function verify(
  job: Job,
  path: string,
  fetched: Pick<Transfer, "bytes" | "magic" | "headers">,
  fileKey: string | undefined,
): Promise<IndexEntry> {
  const { recipe, source } = job;
  const shown = displaySource(source);
  const header = inspectHeader(fetched.magic);
  if ("refused" in header) throw refused(shown, header);
  const { format } = header;
  if (recipe.format !== undefined && recipe.format !== format)
    throw refused(shown, { refused: `it is ${format}, but the definition says ${recipe.format}` });
  job.report({ step: "verify", done: 0, total: fetched.bytes });
  const verification = await readVerified(job, path, format, fileKey);
  const broken = judgeCheck(verification.check ?? 0);
  if (broken !== undefined) throw refused(shown, { refused: broken });
  const info = judgeInfo(verification.info, format);
  if ("refused" in info) throw refused(shown, info);
  job.report({ step: "verify", done: fetched.bytes, total: fetched.bytes });
  return indexEntry(job, { ...verification, ...info, format }, fetched.headers, fileKey);
}

/** The digests of an archive, of which nothing else is looked at. @throws ImageError */
export async function verifyOrigin(
  job: Job,
  path: string,
  bytes: number,
  fileKey: string | undefined,
): Promise<Verification> {
  job.report({ step: "verify", done: 0, total: bytes });
  return readVerified(job, path, "raw", fileKey);
}

/** Of a file that need be no image: its digests, as an entry of the index. @throws ImageError */
export async function verifyPlain(
  job: Job,
  path: string,
  { bytes, headers }: Pick<Transfer, "bytes" | "headers">,
): Promise<IndexEntry> {
  if (bytes === 0) throw refused(displaySource(job.source), { refused: "the file is empty" });
  const verification = await verifyOrigin(job, path, bytes, undefined);
  return indexEntry(job, { ...verification, format: "raw", virtualSizeBytes: bytes }, headers, undefined);
}

async function readVerified(
  job: Job,
  path: string,
  format: ImageFormat,
  fileKey: string | undefined,
): Promise<Verification> {
  const { digest, source } = job;
  failPoint("image/verify");
  const question = { path, format, digest, ...(job.isFile && { file: source }) };
  const { stdout, stderr } = await job.shell.run(verifyCommand(question), { signal: job.signal });
  const verification = parseVerification(stdout);
  if (!verification) throw new ImageError(`cannot read ${path} on '${job.host.name}': ${plainText(stderr)}`);
  if (job.isFile && verification.fileKey !== fileKey)
    throw new ImageError(`${source} on '${job.host.name}' changed while it was read`, {
      hint: "try again when it is written",
    });
  if (digest && verification[digest.algorithm] !== digest.hex)
    throw wrongDigest(displaySource(source), digest, verification);
  failPoint("image/verify.");
  return verification;
}

function indexEntry(
  { recipe, source, clock }: Job,
  image: Pick<IndexEntry, "sha256" | "format" | "virtualSizeBytes" | "sizeBytes"> & {
    sha512: string | undefined;
  },
  { etag, lastModified }: ResponseHeaders,
  fileKey: string | undefined,
): IndexEntry {
  const { sha256, sha512, format, virtualSizeBytes, sizeBytes } = image;
  const sumsUrl = recipe.checksum && "sumsUrl" in recipe.checksum ? recipe.checksum.sumsUrl : undefined;
  return {
    url: displaySource(source),
    sha256,
    ...(sha512 && { sha512 }),
    format,
    virtualSizeBytes,
    sizeBytes,
    ...(fileKey && { fileKey }),
    ...(etag && { etag }),
    ...(lastModified && { lastModified }),
    ...(sumsUrl && { sumsUrl }),
    fetchedAt: new Date(clock.now()).toISOString(),
  };
}

export const refused = (
  shown: string,
  { refused: reason, hint }: { refused: string; hint?: string },
): SourceError => new SourceError(`refused the image ${shown}: ${reason}`, { hint });

const wrongDigest = (
  shown: string,
  digest: Digest,
  actual: Partial<Record<Digest["algorithm"], string | undefined>>,
) =>
  new SourceError(
    `the image ${shown} has ${digest.algorithm} ${actual[digest.algorithm]}, wanted ${digest.hex}`,
    {
      hint: "the image was changed or damaged, or the checksum in the definition is another image's",
    },
  );
