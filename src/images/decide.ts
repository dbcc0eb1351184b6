import type { ResponseHeaders } from "./fetch/response-headers.js";
import type { Lookup } from "./layout/lookup-command.js";
import type { ImageMeta, IndexEntry } from "./layout/store-layout.js";
import type { Checksum, Digest } from "./recipe/checksum.js";

/** What the store does about a source: use what it has, ask the server whether it is still the same, or fetch. */
export type Decision =
  | { readonly do: "use"; readonly image: ImageMeta; readonly warning?: string }
  | { readonly do: "revalidate" }
  | { readonly do: "fetch" };

export interface Question {
  readonly lookup: Lookup;
  readonly checksum: Checksum | undefined;
  /** The digest that the checksum comes to; undefined when there is none, or its SUMS file cannot be read. */
  readonly digest: Digest | undefined;
  readonly isFile: boolean;
  /** Digest and size of the source are those of the image's origin. */
  readonly derived?: boolean;
  /** The server's answer to HEAD, once it was asked. */
  readonly server?: ResponseHeaders | "unreachable" | undefined;
}

const FETCH: Decision = { do: "fetch" };

/** @see Decision */
export function decide(question: Question): Decision {
  const { lookup, checksum, digest } = question;
  const { stored, index } = lookup;
  if (!stored) return FETCH;
  const use: Decision = { do: "use", image: stored };
  if (question.derived && index?.sha256 !== stored.sha256) return FETCH;
  if (digest) return sourceDigests(question, stored)[digest.algorithm] === digest.hex ? use : FETCH;
  if (checksum && "sumsUrl" in checksum)
    return index?.sumsUrl === checksum.sumsUrl ? { ...use, warning: "its SUMS file cannot be read" } : FETCH;
  if (index?.sha256 !== stored.sha256) return FETCH;
  if (question.isFile) return index.fileKey !== undefined && index.fileKey === lookup.fileKey ? use : FETCH;
  return decideByServer(index, question.server, use);
}

/** Of the file that the image was made from: itself, unless it was unpacked or converted. */
function sourceDigests(
  { derived, lookup }: Question,
  stored: ImageMeta,
): Pick<ImageMeta, "sha512"> & { readonly sha256?: string } {
  const { sha256Hex: sha256, sha512Hex: sha512 } = lookup.index?.origin ?? {};
  return derived ? { ...(sha256 && { sha256 }), ...(sha512 && { sha512 }) } : stored;
}

function decideByServer(
  index: IndexEntry,
  server: Question["server"],
  use: Extract<Decision, { do: "use" }>,
): Decision {
  if (server === undefined) return { do: "revalidate" };
  if (server === "unreachable") return { ...use, warning: "its server cannot be reached" };
  return unchanged(index, server) ? use : FETCH;
}

/** A strong sign that the server has the same bytes; without an ETag or a time there is none. */
function unchanged(index: IndexEntry, server: ResponseHeaders): boolean {
  if (server.contentLength !== undefined && server.contentLength !== (index.origin?.bytes ?? index.sizeBytes))
    return false;
  if (server.etag !== undefined || index.etag !== undefined) return server.etag === index.etag;
  return server.lastModified !== undefined && server.lastModified === index.lastModified;
}
