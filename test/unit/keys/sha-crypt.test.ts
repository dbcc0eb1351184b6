import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shaCrypt } from "../../../src/keys/sha-crypt.js";

describe("shaCrypt", () => {
  // What glibc's crypt(3) makes of them.
  test.each<[string, string, string]>([
    [
      "Hello world!",
      "saltstring",
      "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    ],
    [
      "",
      "abcdefgh",
      "v7sYNA18/BerGOYQLppYLyjH4yJilp8kqe/ef3KYMK9hOIdzH1yzcmP74Ay.m51y1jP3QqxM7Jl75S4CxDhBq.",
    ],
    [
      "é ünïcode",
      "./AZaz09",
      "YzxVe55BBASw8d2YL/2Qa/r7be8QTe9zdtAeu.Y.pLDnad0mRBvHTstS/cclDhWdL25YJZrdV0oYIU5fyXkYC/",
    ],
    [
      "x".repeat(200),
      "0123456789abcdef",
      "Rru0YcJdWAfylTzYkMBaHfdgEjT2jeUewuTfATTJEn/Inu1Ma3JNgneCwDVl2NaWmkgDKZzdSV8VisQ10exaF.",
    ],
    ["a", "q", "6sKFPka7JylstFUydzKQA3v5d2SpoyuJYkQV4Fv9OJNSA3RjRkrxlzJVtHgHPBLSlfNyXpU4W6LqmoLm15po2."],
  ])("%j with salt %s", (password, salt, hash) => {
    expect(shaCrypt("sha512", password, salt)).toBe(`$6$${salt}$${hash}`);
  });

  test("has a salt of its own each time", () => {
    expect(shaCrypt("sha512", "a")).toMatch(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
    expect(shaCrypt("sha512", "a")).not.toBe(shaCrypt("sha512", "a"));
  });

  test("is the same for the same password and salt, and another for another password", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(shaCrypt("sha512", one, "salt") === shaCrypt("sha512", other, "salt")).toBe(one === other);
      }),
      { numRuns: 10 },
    );
  });
});
