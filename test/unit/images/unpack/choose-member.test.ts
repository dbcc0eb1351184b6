import { describe, expect, test } from "vitest";
import { archiveKind } from "../../../../src/images/unpack/archive-kind.js";
import { chooseMember } from "../../../../src/images/unpack/choose-member.js";
import { listCommand, parseUnpacked, unpackCommand } from "../../../../src/images/unpack/unpack-command.js";

describe("the member of an archive", () => {
  test.each<[string, string[], string | undefined, string]>([
    ["the only image", ["./", "./README", "./a/disk.qcow2"], undefined, "./a/disk.qcow2"],
    ["the only file", ["disk"], undefined, "disk"],
    ["the one that is wanted", ["./a.img", "./b.img"], "b.img", "./b.img"],
  ])("%s", (_name, names, wanted, member) => expect(chooseMember(names, wanted)).toEqual({ member }));

  test.each<[string, string[], string | undefined, string]>([
    ["several images", ["a.img", "b.img"], undefined, "several files"],
    ["none", ["a/"], undefined, "empty"],
    ["not the one that is wanted", ["a"], "b", "no 'b'"],
    ["a pattern of unzip's", ["[a].img"], undefined, "does not take"],
    ["an option", ["-x.img"], undefined, "does not take"],
  ])("%s: refused", (_name, names, wanted, reason) =>
    expect(chooseMember(names, wanted)).toMatchObject({ refused: expect.stringContaining(reason) }),
  );

  test("what an archive calls its files is shown without escapes", () => {
    const choice = chooseMember(["a\u001b[2J.img", "b.img"], undefined);
    expect(JSON.stringify(choice)).not.toMatch(/\\u001b/);
  });
});

test("an archive is known by its bytes, a disk is none", () => {
  expect(archiveKind(Buffer.from("fd377a585a000000", "hex"))).toBe("xz");
  const tar = Buffer.alloc(128);
  tar.write("disk.img", 0);
  tar.write("0000644\0", 100);
  expect(archiveKind(tar)).toBe("tar");
  expect(archiveKind(Buffer.alloc(128))).toBeUndefined();
  expect(archiveKind(Buffer.from("QFI\xfb", "latin1"))).toBeUndefined();
});

test("nothing of the user's or the archive's is part of the script", () => {
  const nasty = "/x; $(id)";
  for (const { argv } of [listCommand("zip", nasty), unpackCommand("tar", nasty, nasty, nasty)])
    expect(argv[2]).not.toContain(nasty);
});

test("a program that did not say how it ended has failed", () => {
  expect(parseUnpacked("bytes 1\nroom 2\nended \nmagic 00")).toMatchObject({ ended: 1 });
  expect(parseUnpacked("")).toBeUndefined();
});
