import { describe, expect, test } from "vitest";
import {
  checkHostKey,
  fingerprint,
  keyTypeOf,
  knownHostName,
  knownKeyTypes,
  matchesPattern,
  parseKnownHosts,
} from "../../../../src/transport/ssh/known-hosts.js";

const key = (type: string, body: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(body)]);
};
const ED = key("ssh-ed25519", "one");
const ED2 = key("ssh-ed25519", "two");
const RSA = key("ssh-rsa", "three");
const entry = (hosts: string, of: Buffer): string => `${hosts} ${keyTypeOf(of)} ${of.toString("base64")}`;
const verdict = (text: string, names: string[], of: Buffer) =>
  checkHostKey(parseKnownHosts(text, "kh"), names, of);

/** Made by `ssh-keygen -H` from `[127.0.0.1]:2222`. */
const HASHED = "|1|GVMUVGMhZ/3PtuaPRFRGZMWJHTs=|";

describe("parsing", () => {
  test("takes key lines, with their place; skips comments and what it cannot read", () => {
    const lines = parseKnownHosts(
      [
        "# comment",
        "",
        entry("a,b", ED),
        "half a",
        `@revoked\t${entry("*", RSA)} note`,
        `@other ${entry("x", ED)}`,
        "  ",
      ].join("\r\n"),
      "/kh",
    );
    expect(lines).toEqual([
      { file: "/kh", line: 3, marker: undefined, hosts: "a,b", keyType: "ssh-ed25519", key: ED },
      { file: "/kh", line: 5, marker: "revoked", hosts: "*", keyType: "ssh-rsa", key: RSA },
    ]);
  });
});

describe("matching", () => {
  test.each([
    ["host", "host", true],
    ["host", "hos", false],
    ["a,host", "host", true],
    ["HOST", "host", true],
    ["*.lan", "a.lan", true],
    ["*.lan", "lan", false],
    ["h?st", "host", true],
    ["h?st", "hst", false],
    ["a.b", "axb", false],
    ["*,!host", "host", false],
    ["*,!host", "other", true],
    ["!host", "other", false],
    ["[host]:2222", "[host]:2222", true],
    ["[host]:2222", "host", false],
    ["[::1]:22", "[::1]:22", true],
    ["|1|broken", "host", false],
  ])("%s of %s: %s", (hosts, name, known) => {
    expect(verdict(entry(hosts, ED), [name], ED).kind).toBe(known ? "known" : "unknown");
  });

  test("patterns are whole and literal otherwise", () => {
    expect(matchesPattern("a(b)+", "a(b)+")).toBe(true);
    expect(matchesPattern("a", "ab")).toBe(false);
  });

  test("a hashed name", async () => {
    const { createHmac } = await import("node:crypto");
    const salt = HASHED.split("|")[2] ?? "";
    const hash = createHmac("sha1", Buffer.from(salt, "base64")).update("[127.0.0.1]:2222").digest("base64");
    const text = entry(`|1|${salt}|${hash}`, ED);
    expect(verdict(text, ["[127.0.0.1]:2222"], ED).kind).toBe("known");
    expect(verdict(text, ["[127.0.0.1]:2223"], ED).kind).toBe("unknown");
  });

  test("names of hosts at other ports", () => {
    expect(knownHostName("Host", 22)).toBe("host");
    expect(knownHostName("::1", 2222)).toBe("[::1]:2222");
  });
});

describe("the verdict", () => {
  test("known by one of several keys", () => {
    expect(verdict(`${entry("h", RSA)}\n${entry("h", ED)}`, ["h"], ED)).toEqual({ kind: "known" });
  });

  test("changed: the line of the same type is named", () => {
    const result = verdict(`${entry("h", RSA)}\n${entry("h", ED)}`, ["h"], ED2);
    expect(result).toMatchObject({ kind: "changed", known: { line: 2 } });
  });

  test("known by another type only: changed, not new", () => {
    expect(verdict(entry("h", RSA), ["h"], ED)).toMatchObject({ kind: "changed", known: { line: 1 } });
  });

  test("the plain name counts for another port when the key is right, and not when it is wrong", () => {
    expect(verdict(entry("h", ED), ["[h]:2222", "h"], ED).kind).toBe("known");
    expect(verdict(entry("h", ED), ["[h]:2222", "h"], ED2).kind).toBe("unknown");
  });

  test("revoked wins, and only for that key", () => {
    const text = `${entry("h", ED)}\n@revoked ${entry("*", ED)}`;
    expect(verdict(text, ["h"], ED)).toMatchObject({ kind: "revoked", known: { line: 2 } });
    expect(verdict(`${text}\n${entry("h", RSA)}`, ["h"], RSA).kind).toBe("known");
  });

  test("a certificate authority is no key of the host", () => {
    expect(verdict(`@cert-authority ${entry("*", ED)}`, ["h"], ED)).toMatchObject({
      kind: "unknown",
      authority: { line: 1 },
    });
  });
});

test("types that are known, for the order of the offer", () => {
  const known = parseKnownHosts([entry("h", RSA), entry("h", ED), entry("other", ED2)].join("\n"), "kh");
  expect(knownKeyTypes(known, ["h"])).toEqual(["ssh-rsa", "ssh-ed25519"]);
  expect(knownKeyTypes(known, ["x"])).toEqual([]);
});

test("fingerprints are as ssh-keygen -l prints them", () => {
  const blob = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", "base64"); // github.com
  expect(fingerprint(blob)).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
  expect(keyTypeOf(blob)).toBe("ssh-ed25519");
});
