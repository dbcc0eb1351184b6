import { describe, expect, it } from "vitest";
import {
  editAuthorizedKeys,
  formatAuthorizedKey,
  parseAuthorizedKey,
  splitOptions,
} from "../../../../src/tasks/keys/authorized-keys.js";

const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOne";

describe("parseAuthorizedKey", () => {
  it.each([
    [`ssh-ed25519 ${KEY}`, [], ""],
    [`  ssh-ed25519\t${KEY}  a comment of  words `, [], "a comment of  words"],
    [`no-pty ssh-ed25519 ${KEY} a`, ["no-pty"], "a"],
    [
      `command="echo \\"a, b\\" ssh-rsa AAAA",no-pty,from="*.a,b" ssh-ed25519 ${KEY} a`,
      ['command="echo \\"a, b\\" ssh-rsa AAAA"', "no-pty", 'from="*.a,b"'],
      "a",
    ],
  ])("%s", (line, options, comment) => {
    expect(parseAuthorizedKey(line)).toEqual({ options, type: "ssh-ed25519", key: KEY, comment });
  });

  it.each([
    "",
    `# ssh-ed25519 ${KEY}`,
    "ssh-ed25519",
    `ssh-nonsense ${KEY}`,
    "ssh-rsa a$b",
    `command="open ssh-ed25519 ${KEY}`,
    `no-pty, ssh-ed25519 ${KEY}`,
  ])("is no key: %s", (line) => expect(parseAuthorizedKey(line)).toBeUndefined());

  it("knows keys of tokens and certificates", () => {
    for (const type of ["sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ssh-rsa-cert-v01@openssh.com"])
      expect(parseAuthorizedKey(`${type} ${KEY}`)?.type).toBe(type);
  });
});

describe("editAuthorizedKeys", () => {
  const key = { options: ["no-pty"], type: "ssh-ed25519", key: KEY, comment: "a" };
  const line = formatAuthorizedKey(key);

  it("leaves a text without a last line break as it is", () => {
    expect(editAuthorizedKeys(`# x\n${line}`, [key], "present", false)).toBe(`# x\n${line}`);
  });

  it("writes a key that stands there twice in its new form once", () => {
    expect(editAuthorizedKeys(`ssh-ed25519 ${KEY} b\nssh-ed25519 ${KEY} c\n`, [key], "present", false)).toBe(
      `${line}\n`,
    );
  });

  it("removes a key in all of its forms", () => {
    expect(editAuthorizedKeys(`\n${line}\nssh-ed25519 ${KEY} c\nx\n`, [key], "absent", true)).toBe("\nx\n");
  });

  it("takes a key given twice once", () => {
    expect(editAuthorizedKeys("", [key, key], "present", false)).toBe(`${line}\n`);
  });
});

describe("splitOptions", () => {
  it("keeps what is quoted together", () => {
    expect(splitOptions('a="b, c",d')).toEqual(['a="b, c"', "d"]);
  });
});
