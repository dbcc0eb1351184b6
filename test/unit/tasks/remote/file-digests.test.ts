import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { LARGEST_MD5, SentDigests } from "../../../../src/tasks/remote/file-digests.js";

const digestOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");

test("what was sent whole has digests; what was sent in part, or more than once, has none", () => {
  const sent = new SentDigests(6);
  sent.take(Buffer.from("abc"));
  expect(sent.whole()).toBeUndefined();
  sent.take(Buffer.from("def"));
  expect(sent.whole()).toEqual({ checksum: digestOf("sha1", "abcdef"), md5sum: digestOf("md5", "abcdef") });
  const twice = new SentDigests(3);
  twice.take(Buffer.from("abc"));
  twice.take(Buffer.from("abc"));
  expect(twice.whole()).toBeUndefined();
});

test("MD5 is left out of what takes long", () => {
  const sent = new SentDigests(LARGEST_MD5 + 1);
  sent.take(Buffer.alloc(LARGEST_MD5 + 1));
  expect(sent.whole()?.md5sum).toBeNull();
});
