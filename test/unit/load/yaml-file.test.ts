import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readYamlFile } from "../../../src/load/yaml.js";

const written = async (content: string | Buffer) => {
  const directory = await mkdtemp(join(tmpdir(), "farm-yaml-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "f.yaml");
  await writeFile(path, content);
  return path;
};

test("a file is read", async () => {
  expect(await readYamlFile(await written("a: ä\n"))).toEqual({ a: "ä" });
});

test.each([
  ["a file that is no text", Buffer.from([0x61, 0x3a, 0x20, 0xff]), "is not a UTF-8 text"],
  ["a file that is too large", "x".repeat(4 * 1024 * 1024 + 1), "is larger than 4 MiB"],
])("%s", async (_name, content, message) => {
  await expect(readYamlFile(await written(content))).rejects.toThrow(message);
});

test("a file that cannot be read is named, in plain words", async () => {
  const path = await written("");
  await expect(readYamlFile(`${path}.not`)).rejects.toThrow(`cannot read ${path}.not: no such file`);
  await expect(readYamlFile(join(path, ".."))).rejects.toThrow("it is a directory");
});

test("a device that never ends is too large", async () => {
  await expect(readYamlFile("/dev/zero")).rejects.toThrow("/dev/zero is larger than 4 MiB");
});

test("a path through a file is told as one", async () => {
  await expect(readYamlFile(join(await written(""), "x.yaml"))).rejects.toThrow("not a directory");
});
