import { describe, expect, test } from "vitest";
import { decide, type Question } from "../../../src/images/decide.js";
import type { ImageMeta, IndexEntry } from "../../../src/images/layout/store-layout.js";

const a = "a".repeat(64);
const b = "b".repeat(64);
const c = "c".repeat(128);
const stored: ImageMeta = { sha256: a, sha512: c, format: "qcow2", virtualSizeBytes: 1024, sizeBytes: 100 };
const index = (more: Partial<IndexEntry> = {}): IndexEntry => ({
  ...stored,
  url: "u",
  fetchedAt: "t",
  ...more,
});
const question = (
  more: Partial<Question> & { index?: IndexEntry; stored?: ImageMeta | undefined; fileKey?: string },
): Question => ({
  lookup: { index: more.index, stored: "stored" in more ? more.stored : stored, fileKey: more.fileKey },
  checksum: undefined,
  digest: undefined,
  isFile: false,
  ...more,
});
const sha256 = (hex: string) => ({ algorithm: "sha256", hex }) as const;
const sums = { sumsUrl: "https://x/SUMS" };

describe("decide", () => {
  test.each<[string, Question, string]>([
    ["nothing stored", question({ stored: undefined, digest: sha256(a) }), "fetch"],
    ["the digest is stored, whoever brought it", question({ digest: sha256(a) }), "use"],
    ["another digest is stored", question({ digest: sha256(b), index: index() }), "fetch"],
    ["sha512 is known and the same", question({ digest: { algorithm: "sha512", hex: c } }), "use"],
    ["sha512 is another", question({ digest: { algorithm: "sha512", hex: "d".repeat(128) } }), "fetch"],
    [
      "sha512 was never taken",
      question({
        stored: { ...stored, sha512: undefined } as unknown as ImageMeta,
        digest: { algorithm: "sha512", hex: c },
      }),
      "fetch",
    ],
    ["SUMS gone, confirmed by it before", question({ checksum: sums, index: index(sums) }), "use, warned"],
    ["SUMS gone, confirmed by another", question({ checksum: sums, index: index() }), "fetch"],
    ["no checksum, no index", question({}), "fetch"],
    ["no checksum, the server not asked", question({ index: index() }), "revalidate"],
    ["the server is gone", question({ index: index(), server: "unreachable" }), "use, warned"],
    ["the same ETag", question({ index: index({ etag: "1" }), server: { etag: "1" } }), "use"],
    [
      "another ETag, the same time",
      question({ index: index({ etag: "1", lastModified: "x" }), server: { etag: "2", lastModified: "x" } }),
      "fetch",
    ],
    [
      "an ETag that is new",
      question({ index: index({ lastModified: "x" }), server: { etag: "2", lastModified: "x" } }),
      "fetch",
    ],
    [
      "the same ETag, another length",
      question({ index: index({ etag: "1" }), server: { etag: "1", contentLength: 99 } }),
      "fetch",
    ],
    [
      "the same time and length",
      question({ index: index({ lastModified: "x" }), server: { lastModified: "x", contentLength: 100 } }),
      "use",
    ],
    [
      "the same length alone proves nothing",
      question({ index: index(), server: { contentLength: 100 } }),
      "fetch",
    ],
    [
      "the index tells of another image",
      question({ index: index({ sha256: b }), server: { etag: "1" } }),
      "fetch",
    ],
    [
      "the file is unchanged",
      question({ isFile: true, index: index({ fileKey: "1 2 3" }), fileKey: "1 2 3" }),
      "use",
    ],
    [
      "the file has changed",
      question({ isFile: true, index: index({ fileKey: "1 2 3" }), fileKey: "1 2 4" }),
      "fetch",
    ],
    ["the file is gone", question({ isFile: true, index: index() }), "fetch"],
  ])("%s", (_name, asked, expected) => {
    const decision = decide(asked);
    expect(decision.do + (decision.do === "use" && decision.warning ? ", warned" : "")).toBe(expected);
  });
});
