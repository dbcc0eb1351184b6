import { ImageError } from "../errors.js";
import { decide } from "./decide.js";
import { resolveDigest } from "./fetch/digest.js";
import type { Job } from "./fetch/job.js";
import { parseHeaders, type ResponseHeaders } from "./fetch/response-headers.js";
import { headCommand } from "./fetch/transfer.js";
import { refused } from "./fetch/verify.js";
import { type Lookup, type LookupQuestion, lookupCommand, parseLookup } from "./layout/lookup-command.js";
import { type StoredImage, storedImage } from "./layout/store-layout.js";
import type { Digest } from "./recipe/checksum.js";
import { displaySource } from "./recipe/source-url.js";

/** What the lookup of a job asks, with the digest as far as it is known. */
export const lookupQuestion = (
  { host, key, source, isFile, derived }: Job,
  digest: Digest | undefined,
): LookupQuestion => ({
  images: host.images,
  key,
  sha256: !derived && digest?.algorithm === "sha256" ? digest.hex : undefined,
  file: isFile ? source : undefined,
});

export async function lookUp(job: Job, digest: Digest | undefined): Promise<Lookup> {
  const { stdout } = await job.shell.run(lookupCommand(lookupQuestion(job, digest)), { signal: job.signal });
  return parseLookup(stdout);
}

/**
 * The digest, or undefined when the SUMS file cannot be read but the store has what it once confirmed: being offline is
 * then no reason to stop.
 * @throws ImageError
 */
export async function digestOrKnown(job: Job, lookup: Lookup): Promise<Digest | undefined> {
  try {
    return await resolveDigest(job);
  } catch (error) {
    const use = decide({ ...questionOf(job, lookup), digest: undefined }).do === "use";
    if (use && error instanceof ImageError) return undefined;
    throw error;
  }
}

/** The image when the store has what the source would give today; undefined when it must be fetched. */
export async function findStored(
  job: Job,
  lookup: Lookup,
  digest: Digest | undefined,
): Promise<StoredImage | undefined> {
  const question = { ...questionOf(job, lookup), digest };
  const first = decide(question);
  const decision =
    first.do === "revalidate"
      ? decide({ ...question, server: await askServer(job, originOf(job, lookup)) })
      : first;
  if (decision.do !== "use") return undefined;
  const shown = displaySource(job.source);
  if (decision.warning !== undefined) job.warn(`using the stored image of ${shown}: ${decision.warning}`);
  const { format } = decision.image;
  const wanted = job.recipe.convertTo ?? job.recipe.format;
  if (wanted !== undefined && wanted !== format)
    throw refused(shown, { refused: `it is ${format}, but the definition says ${wanted}` });
  return storedImage(job.host.images, decision.image);
}

const questionOf = ({ recipe, isFile, derived }: Job, lookup: Lookup) => ({
  lookup,
  checksum: recipe.checksum,
  isFile,
  derived,
});

/** The address that it came from: what another mirror says of the same file is no sign that it has changed. */
export const originOf = ({ source, recipe }: Job, { index }: Lookup): string =>
  [source, ...(recipe.mirrors ?? [])].find((url) => displaySource(url) === index?.url) ?? source;

/** Without a program to fetch with, the server is as good as gone. */
export async function askServer(
  { net, signal }: Job,
  source: string,
): Promise<ResponseHeaders | "unreachable"> {
  if (!net.fetcher) return "unreachable";
  const { stdout, stderr } = await net.shell.run(headCommand(net.fetcher, source), { signal });
  const headers = parseHeaders(`${stdout}\n${stderr}`);
  // A server that does not know HEAD tells nothing about the file: fetch it.
  if (headers.status === 405 || headers.status === 501) return {};
  return headers.status === 200 ? headers : "unreachable";
}
