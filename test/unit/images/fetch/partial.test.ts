import { describe, expect, test } from "vitest";
import { parsePartial, resumeFrom } from "../../../../src/images/fetch/partial.js";

const partial = (headers: object, from = "me") => ({ bytes: 100, from, headers });

describe("resumeFrom", () => {
  test.each<[string, Parameters<typeof resumeFrom>[0], boolean, ReturnType<typeof resumeFrom>]>([
    ["nothing there", undefined, true, undefined],
    ["a byte", { bytes: 1, from: "me", headers: { etag: '"a"' } }, true, undefined],
    ["an ETag", partial({ etag: '"a"', lastModified: "Mon" }), false, { offset: 99, ifRange: '"a"' }],
    ["a weak ETag", partial({ etag: 'W/"a"' }), false, undefined],
    [
      "a time beside a weak ETag",
      partial({ etag: 'W/"a"', lastModified: "Mon" }),
      false,
      { offset: 99, ifRange: "Mon" },
    ],
    ["neither", partial({}), false, undefined],
    ["neither, but a digest", partial({}), true, { offset: 99 }],
    ["another address", partial({ etag: '"a"' }, "other"), false, undefined],
    ["another address and a digest", partial({ etag: '"a"' }, "other"), true, { offset: 99 }],
  ])("%s", (_name, found, hasDigest, expected) =>
    expect(resumeFrom(found, "me", hasDigest)).toEqual(expected),
  );
});

describe("parsePartial", () => {
  test("reads what the script prints", () =>
    expect(parsePartial('bytes 7\nfrom abc\nheaders\nHTTP/1.1 200 OK\r\nETag: "a"\r\n')).toEqual({
      bytes: 7,
      from: "abc",
      headers: { status: 200, etag: '"a"' },
    }));
  test.each(["", "bytes 7\nfrom \nheaders\n", "garbage"])("%j is nothing to go on with", (text) =>
    expect(parsePartial(text)).toBeUndefined(),
  );
});
