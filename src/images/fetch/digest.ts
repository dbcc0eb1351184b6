import { ImageError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import { type Digest, digestFromSums } from "../recipe/checksum.js";
import { baseName, besideMirror, displaySource, expandHome, isHttp } from "../recipe/source-url.js";
import { fetcherOf } from "./bring.js";
import type { Job } from "./job.js";
import { withRetries } from "./retry.js";
import { SourceError } from "./source-error.js";
import { sumsCommand } from "./transfer.js";
import { transferFailure } from "./transfer-failure.js";

/**
 * The digest that a recipe's checksum comes to. A SUMS file is read anew each time, so that an address such as
 * `latest/image.qcow2` follows its publisher.
 * @throws ImageError when the SUMS file cannot be read or does not name the image.
 */
export async function resolveDigest(job: Job): Promise<Digest | undefined> {
  const { checksum } = job.recipe;
  if (!checksum || !("sumsUrl" in checksum)) return checksum;
  const sums = isHttp(checksum.sumsUrl)
    ? await fetchFirstSums(job, checksum.sumsUrl)
    : await readSums(job, checksum.sumsUrl);
  const name = baseName(job.source);
  const digest = digestFromSums(sums, name, baseName(checksum.sumsUrl));
  if (digest) return digest;
  throw new ImageError(`${displaySource(checksum.sumsUrl)} has no sha256 or sha512 digest of '${name}'`, {
    hint: "the image is looked up by the last part of its address",
  });
}

/** A mirror has the SUMS file too, when it stands beside the image. */
async function fetchFirstSums(job: Job, sumsUrl: string): Promise<string> {
  let url = sumsUrl;
  for (const mirror of job.recipe.mirrors ?? []) {
    const next = besideMirror(sumsUrl, job.source, mirror);
    if (next === undefined) continue;
    try {
      return await fetchSums(job, url);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      job.warn(`${error.message}; trying the mirror ${displaySource(next)}`);
      url = next;
    }
  }
  return fetchSums(job, url);
}

function fetchSums(job: Job, url: string): Promise<string> {
  const { net, clock, signal, warn, hurried } = job;
  const fetcher = fetcherOf(job);
  const what = `cannot fetch the SUMS file ${displaySource(url)} to '${net.name}'`;
  return withRetries(
    async () => {
      const { code, stdout, stderr } = await net.shell.run(sumsCommand(fetcher, url), { signal });
      const failure = transferFailure(fetcher, { exit: code, stderr });
      return failure ? { ...failure, mayPass: failure.mayPass && !hurried } : { value: stdout };
    },
    { clock, signal, what, onRetry: warn },
  );
}

async function readSums({ shell, signal, host }: Job, path: string): Promise<string> {
  const argv = ["head", "-c", "4194304", "--", expandHome(path, host.home)] as const;
  const { code, stdout, stderr } = await shell.run({ argv, readOnly: true, timeoutMs: 60_000 }, { signal });
  if (code === 0) return stdout;
  throw new ImageError(`cannot read the SUMS file ${path} on '${host.name}': ${plainText(stderr)}`);
}
