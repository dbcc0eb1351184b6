import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findOtherKey, otherKey } from "../../../src/keys/other-key.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-keys-"));
});
afterEach(() => rm(directory, { recursive: true }));

const SECURITY_KEY = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAA me";

test("is made once, and then found", async () => {
  const path = join(directory, "deep", "id");
  expect(await findOtherKey(path)).toBeUndefined();
  const made = await otherKey(path);
  expect(made).toMatch(/^ssh-ed25519 \S+ farm$/);
  expect(await findOtherKey(path)).toBe(made);
  expect(await otherKey(path)).toBe(made);
  expect(await readFile(path, "utf8")).toContain("PRIVATE KEY");
});

test("the public half will do, of a security key too", async () => {
  const path = join(directory, "id");
  await writeFile(`${path}.pub`, `${SECURITY_KEY}\n`);
  expect(await otherKey(path)).toBe(SECURITY_KEY);
});

test.each(["", "no key", "ssh-ed25519 AAAA\nssh-ed25519 AAAA"])("refuses %j", async (text) => {
  await writeFile(join(directory, "id.pub"), text);
  await expect(otherKey(join(directory, "id"))).rejects.toThrow(/id\.pub holds no public key/);
});
