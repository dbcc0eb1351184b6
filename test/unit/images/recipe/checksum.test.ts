import { describe, expect, test } from "vitest";
import { digestFromSums, parseChecksum } from "../../../../src/images/recipe/checksum.js";

const hex256 = "ab".repeat(32);
const hex512 = "cd".repeat(64);

describe("parseChecksum", () => {
  test.each([
    [`sha256:${hex256}`, { algorithm: "sha256", hex: hex256 }],
    [`SHA256:${hex256.toUpperCase()}`, { algorithm: "sha256", hex: hex256 }],
    [`sha512:${hex512}`, { algorithm: "sha512", hex: hex512 }],
    ["https://example.org/SHA512SUMS", { sumsUrl: "https://example.org/SHA512SUMS" }],
    ["sha256:https://example.org/sums", { sumsUrl: "https://example.org/sums" }],
    ["/srv/SHA256SUMS", { sumsUrl: "/srv/SHA256SUMS" }],
    ["file:///srv/SHA256SUMS", { sumsUrl: "/srv/SHA256SUMS" }],
  ])("%s", (text, expected) => expect(parseChecksum(text)).toEqual(expected));

  test.each([
    [`md5:${"0".repeat(32)}`, /md5 is not supported/],
    [`sha1:${"0".repeat(40)}`, /sha1 is not supported/],
    ["sha256:abc", /64 hexadecimal digits, this has 3/],
    [`sha512:${hex256}`, /128 hexadecimal digits/],
    [`sha256:${"g".repeat(64)}`, /64 hexadecimal digits/],
    [hex256, /sha256:HEX/],
    ["", /sha256:HEX/],
  ])("%s is refused", (text, reason) => expect(parseChecksum(text)).toMatch(reason));
});

describe("digestFromSums", () => {
  const sha256 = { algorithm: "sha256", hex: hex256 };
  const other = "00".repeat(32);
  test.each([
    ["GNU, text", `${other}  b.img\n${hex256}  a.img\n`],
    ["GNU, binary", `${hex256} *a.img`],
    ["GNU, with a folder", `${hex256}  ./x/a.img`],
    ["Windows line ends", `${other}  b.img\r\n${hex256}  a.img\r\n`],
    ["BSD", `SHA256 (b.img) = ${other}\nSHA256 (a.img) = ${hex256}\n`],
    ["upper case", `${hex256.toUpperCase()}  a.img`],
    ["a lone digest", `${hex256}\n`],
    [
      "inside a signed message",
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${hex256}  a.img\n-----END\n`,
    ],
  ])("%s", (_name, sums) => expect(digestFromSums(sums, "a.img")).toEqual(sha256));

  test("sha512 by its length", () => {
    expect(digestFromSums(`${hex512}  a.img`, "a.img")).toEqual({ algorithm: "sha512", hex: hex512 });
  });

  test("the stronger one where both stand", () => {
    const sums = `SHA256 (a.img) = ${hex256}\nSHA512 (a.img) = ${hex512}`;
    expect(digestFromSums(sums, "a.img")?.algorithm).toBe("sha512");
  });

  test.each([
    ["no such name", `${hex256}  b.img`],
    ["another's name ends the same", `${hex256}  ba.img`],
    ["two lone digests", `${hex256}\n${other}`],
    ["no SUMS file at all", "<html>404</html>"],
    ["empty", ""],
  ])("%s: none", (_name, sums) => expect(digestFromSums(sums, "a.img")).toBeUndefined());
});
