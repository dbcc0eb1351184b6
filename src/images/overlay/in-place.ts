import { ImageError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import { commitCommand } from "../fetch/commit-command.js";
import { expectSuccess, type Job } from "../fetch/job.js";
import { verify } from "../fetch/verify.js";
import { HEADER_BYTES } from "../format/image-header.js";
import type { Lookup } from "../layout/lookup-command.js";
import type { StoredImage } from "../layout/store-layout.js";

const MAGIC = `head -c ${HEADER_BYTES} -- "$1" | od -An -v -tx1 | tr -d ' \\n'`;

/** A file of the user's own as a base where it lies: read and hashed when it is new or changed, never written to. */
export async function useInPlace(job: Job, { index, fileKey }: Lookup): Promise<StoredImage> {
  const known = index && fileKey !== undefined && index.fileKey === fileKey ? index : undefined;
  const { sha256, format, virtualSizeBytes } = known ?? (await inspect(job, fileKey));
  return { path: job.source, sha256, format, virtualSizeBytes };
}

async function inspect(job: Job, fileKey: string | undefined) {
  const command = {
    argv: ["sh", "-c", MAGIC, "farm-magic", job.source],
    readOnly: true,
    timeoutMs: 60_000,
  } as const;
  const { stdout, stderr } = await job.shell.run(command, { signal: job.signal });
  if (stdout === "" && stderr !== "")
    throw new ImageError(`cannot read ${job.source} on '${job.host.name}': ${plainText(stderr)}`);
  const bytes = Number(fileKey?.split(" ")[0]);
  const entry = await verify(
    job,
    job.source,
    { bytes, magic: Buffer.from(stdout, "hex"), headers: {} },
    fileKey,
  );
  await expectSuccess(job, commitCommand({ images: job.host.images, key: job.key, entry }), "note");
  return entry;
}
