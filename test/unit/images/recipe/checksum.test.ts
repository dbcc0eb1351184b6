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

  // The forms that the projects of the shipped platforms give out, with other digests.
  const image = "a.latest.img";
  test.each([
    ["Debian's SHA512SUMS", "SHA512SUMS", `${"0".repeat(128)}  a.latest.raw\n${hex512}  ${image}\n`, hex512],
    ["Ubuntu's SHA256SUMS", "SHA256SUMS", `${other} *a.latest.img.vmdk\n${hex256} *${image}\n`, hex256],
    [
      "Fedora's, signed in the clear",
      "A-Cloud-43-1.6-x86_64-CHECKSUM",
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# a.raw.xz: 5 bytes\nSHA256 (a.raw.xz) = ${other}\n# ${image}: 7 bytes\nSHA256 (${image}) = ${hex256}\n-----BEGIN PGP SIGNATURE-----\n\n${"iQ".repeat(32)}\n=abcd\n-----END PGP SIGNATURE-----\n`,
      hex256,
    ],
    [
      "Rocky's, beside the image",
      `${image}.CHECKSUM`,
      `# ${image}: 645988352 bytes\nSHA256 (${image}) = ${hex256}\n`,
      hex256,
    ],
    ["Alpine's, nothing but the digest", `${image}.sha512`, hex512, hex512],
    ["openSUSE Leap's, with one space", `${image}.sha256`, `${hex256} ${image}\n`, hex256],
    [
      "openSUSE's of the newest, by its own name",
      `${image}.sha256`,
      `${hex256}  a.1.0-20261127.img\n`,
      hex256,
    ],
    ["Arch's, one line", `${image}.SHA256`, `${hex256}  ${image}\n`, hex256],
  ])("%s", (_name, sumsName, sums, hex) => expect(digestFromSums(sums, image, sumsName)?.hex).toBe(hex));

  test.each([
    ["in a file that is called after another", "b.img.sha256", `${hex256}  b.img\n`],
    ["in one of several images", "SHA256SUMS", `${hex256}  b.img\n`],
    ["one of two", "a.img.sha256", `${hex256}  b.img\n${other}  c.img\n`],
  ])("another's digest, %s: none", (_name, sumsName, sums) =>
    expect(digestFromSums(sums, "a.img", sumsName)).toBeUndefined(),
  );

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
