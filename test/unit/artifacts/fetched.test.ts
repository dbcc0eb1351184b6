import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FetchedFiles } from "../../../src/artifacts/fetched.js";

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "farm-fetched-"));
});
afterEach(() => rm(scratch, { recursive: true }));

test("a file is put by its path on the guest, the newest of a path stays, and none leads out", async () => {
  const here = join(scratch, "here");
  const fetched = new FetchedFiles(join(scratch, "out"));
  await writeFile(here, "old");
  await fetched.add("/root/log", here, 3);
  await writeFile(here, "newer");
  await fetched.add("/root/./log", here, 5);
  await fetched.add("../../etc/passwd", here, 5);
  expect(fetched.files).toEqual([
    { path: "root/log", bytes: 5 },
    { path: "etc/passwd", bytes: 5 },
  ]);
  expect(await readFile(join(scratch, "out/root/log"), "utf8")).toBe("newer");
  expect((await readdir(scratch, { recursive: true })).sort()).toEqual(
    ["here", "out", "out/etc", "out/etc/passwd", "out/root", "out/root/log"].sort(),
  );
});

test("what cannot be put there leaves nothing, and is not listed", async () => {
  const fetched = new FetchedFiles(join(scratch, "out"));
  await writeFile(join(scratch, "here"), "");
  await fetched.add("/a", join(scratch, "here"), 0);
  await expect(fetched.add("/a/b", join(scratch, "here"), 0)).rejects.toThrow();
  await expect(fetched.add("/c", join(scratch, "gone"), 0)).rejects.toThrow(/ENOENT/);
  expect(fetched.files).toEqual([{ path: "a", bytes: 0 }]);
  expect(await readdir(join(scratch, "out"))).toEqual(["a"]);
});
