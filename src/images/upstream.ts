import { ImageError } from "../errors.js";
import { resolveDigest } from "./fetch/digest.js";
import type { Job } from "./fetch/job.js";
import type { ResponseHeaders } from "./fetch/response-headers.js";
import { askServer, originOf } from "./find-stored.js";
import type { Lookup } from "./layout/lookup-command.js";
import type { IndexEntry } from "./layout/store-layout.js";
import { displaySource } from "./recipe/source-url.js";

/** An image that its server has anew. */
export interface UpstreamChange {
  /** What was and what is, and what that means, for people. */
  readonly message: string;
  /** Of the image as it is now, where that can be known without fetching it. */
  readonly sha256?: string;
}

/** Of the file that was fetched: what was made of it may differ from one time to the next. */
const sourceDigest = ({ sha256, origin }: IndexEntry): string => origin?.sha256Hex ?? sha256;

const MEANS =
  "restore points made from the old one are not used any more, and VMs that had them begin with the new image";

/** Undefined when a fetch brought the same as the one before, or as the user had said by digest. */
export function fetchedChange(
  { recipe, source }: Pick<Job, "recipe" | "source">,
  before: IndexEntry | undefined,
  now: IndexEntry,
): string | undefined {
  if (!before || (recipe.checksum && "hex" in recipe.checksum)) return undefined;
  const [was, is] = [sourceDigest(before), sourceDigest(now)];
  if (was === is) return undefined;
  return `the image ${displaySource(source)} has changed: it was sha256 ${was}, fetched ${before.fetchedAt}, and is ${is} now; ${MEANS}`;
}

/** Asks, without fetching it, whether the server has another image than the one in the store; undefined where nothing says so. */
export async function askUpstream(job: Job, lookup: Lookup): Promise<UpstreamChange | undefined> {
  const { index, stored } = lookup;
  const { checksum } = job.recipe;
  if (!index || !stored || job.isFile || (checksum && "hex" in checksum)) return undefined;
  try {
    if (!checksum) return serverChange(job, index, await askServer(job, originOf(job, lookup)));
    const digest = await resolveDigest(job);
    const { sha256, sha512 } = index.origin
      ? { sha256: index.origin.sha256Hex, sha512: index.origin.sha512Hex }
      : index;
    const was = digest?.algorithm === "sha512" ? sha512 : sha256;
    if (!digest || was === undefined || was === digest.hex) return undefined;
    const change = changed(job, index, `${digest.algorithm} ${was}`, digest.hex);
    return digest.algorithm === "sha256" && !index.origin ? { ...change, sha256: digest.hex } : change;
  } catch (error) {
    if (error instanceof ImageError) return undefined; // A server that is away tells nothing; the run will say so.
    throw error;
  }
}

function serverChange(
  job: Job,
  index: IndexEntry,
  server: ResponseHeaders | "unreachable",
): UpstreamChange | undefined {
  if (server === "unreachable") return undefined;
  for (const [name, was, is] of [
    ["ETag", index.etag, server.etag],
    ["Last-Modified", index.lastModified, server.lastModified],
  ] as const) {
    if (was === undefined || is === undefined) continue;
    return was === is ? undefined : changed(job, index, `${name} ${was}`, is);
  }
  return undefined;
}

const changed = ({ source }: Job, { fetchedAt }: IndexEntry, was: string, is: string): UpstreamChange => ({
  message: `the image ${displaySource(source)} has changed: it was ${was}, fetched ${fetchedAt}, and is ${is} now; ${MEANS}`,
});
