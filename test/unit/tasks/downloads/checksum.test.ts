import { describe, expect, it } from "vitest";
import { findChecksum, parseChecksum, urlFileName } from "../../../../src/tasks/downloads/checksum.js";
import { ModuleFailure } from "../../../../src/tasks/module/failure.js";

const DIGITS = "0123456789abcdef".repeat(4);
const WANTED = { algorithm: "sha256", value: "http://a.example/sums", isUrl: true } as const;

describe("parseChecksum", () => {
  it("takes digits in any case, with odd characters about them", () => {
    expect(parseChecksum(`SHA256: ${DIGITS.toUpperCase()}\u200b`)?.value).toBe(DIGITS);
  });

  it("takes a URL as it is", () => {
    expect(parseChecksum("sha256:http://a.example/sums")).toEqual(WANTED);
  });

  it("takes none for none", () => expect(parseChecksum("")).toBeUndefined());

  it.each([DIGITS, `sha3:${DIGITS}`, "sha256:abc", `sha256:${"x".repeat(64)}`, `md5:${DIGITS}`])(
    "refuses %s",
    (text) => expect(() => parseChecksum(text)).toThrow(ModuleFailure),
  );
});

describe("findChecksum", () => {
  it.each([
    ["two blanks", `${"0".repeat(64)}  b.txt\n${DIGITS}  a.txt\n`],
    ["an asterisk", `${DIGITS} *a.txt\n`],
    ["a path", `${DIGITS}  ./a.txt\n`],
    ["the BSD form", `SHA256 (b.txt) = ${"0".repeat(64)}\nSHA256 (a.txt) = ${DIGITS}\n`],
    ["nothing else", `${DIGITS}\n`],
    ["line ends of Windows", `${DIGITS}  a.txt\r\n`],
  ])("finds the digits by %s", (_what, list) => {
    expect(findChecksum(list, WANTED, "a.txt")).toBe(DIGITS);
  });

  it.each([`${DIGITS}  ba.txt\n`, "", "<html>not found</html>\n", `${DIGITS.slice(1)}  a.txt`])(
    "refuses %j",
    (list) => expect(() => findChecksum(list, WANTED, "a.txt")).toThrow(ModuleFailure),
  );
});

describe("urlFileName", () => {
  it.each([
    ["http://a.example/b/c.txt?d=/e#f", "c.txt"],
    ["http://a.example/b/", "index.html"],
    ["http://a.example", "index.html"],
    ["file:///b/c", "c"],
  ])("%s", (url, name) => expect(urlFileName(url)).toBe(name));
});
