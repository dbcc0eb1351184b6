import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { firstBytes, readUserFile } from "../../../../src/load/files/read-text.js";

const written = async (content: string | Buffer) => {
  const directory = await mkdtemp(join(tmpdir(), "farm-text-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "f.yaml");
  await writeFile(path, content);
  return path;
};

test("a file is read", async () => {
  expect(await readUserFile(await written("a: ä\n"))).toBe("a: ä\n");
});

test.each([
  ["a file that is no text", Buffer.from([0x61, 0x3a, 0x20, 0xff]), "is not a UTF-8 text"],
  ["a file that is too large", "x".repeat(4 * 1024 * 1024 + 1), "is larger than 4 MiB"],
])("%s", async (_name, content, message) => {
  await expect(readUserFile(await written(content))).rejects.toThrow(message);
});

test("a file that cannot be read is named, in plain words", async () => {
  const path = await written("");
  await expect(readUserFile(`${path}.not`)).rejects.toThrow(`cannot read ${path}.not: no such file`);
  await expect(readUserFile(join(path, ".."))).rejects.toThrow("it is a directory");
});

test("a device that never ends is too large", async () => {
  await expect(readUserFile("/dev/zero")).rejects.toThrow("/dev/zero is larger than 4 MiB");
});

test("a path through a file is told as one", async () => {
  await expect(readUserFile(join(await written(""), "x.yaml"))).rejects.toThrow("not a directory");
});

test("of a file of any kind the beginning can be read", async () => {
  expect(await firstBytes(await written(Buffer.from([0xff, 1, 2, 3])), 2)).toEqual(Buffer.from([0xff, 1]));
  expect(await firstBytes(await written(""), 2)).toEqual(Buffer.alloc(0));
  await expect(firstBytes("/dev/null/x", 2)).rejects.toThrow("not a directory");
});
