import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tarHeaders, writeTar } from "../../../../src/tasks/sync/tar-writer.js";
import type { TreeEntry } from "../../../../src/tasks/sync/tree.js";

const ENTRY: TreeEntry = {
  name: "a",
  type: "file",
  mode: 0o640,
  uid: 5,
  gid: 6,
  owner: "",
  group: "",
  size: 3,
  mtime: 1_600_000_000,
};
const text = (block: Buffer, from: number, length: number) => block.toString("latin1", from, from + length);

describe("tarHeaders", () => {
  it("writes what tar reads", () => {
    const block = tarHeaders(ENTRY);
    expect(block.length).toBe(512);
    expect(text(block, 100, 8)).toBe("0000640\0");
    expect(text(block, 124, 12)).toBe("00000000003\0");
    const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    expect(Number.parseInt(text(block, 148, 6), 8)).toBe(sum);
  });

  it("writes long names and sizes that octal digits cannot say", () => {
    expect(tarHeaders({ ...ENTRY, name: "n".repeat(100) }).length).toBe(512);
    expect(tarHeaders({ ...ENTRY, name: "n".repeat(101) }).length).toBe(3 * 512);
    const huge = tarHeaders({ ...ENTRY, size: 2 ** 40 });
    expect(huge[124]).toBe(0x80);
    expect(huge.readUIntBE(130, 6)).toBe(2 ** 40);
  });
});

describe("writeTar", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "farm-tar-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("writes what comes before, then an archive", async () => {
    const source = join(directory, "source");
    writeFileSync(source, "abc");
    const to = join(directory, "tar");
    const name = `${"d/".repeat(80)}a`;
    const bytes = await writeTar(to, "head\n", [{ ...ENTRY, name }], () => source);
    const content = readFileSync(to);
    expect(content.length).toBe(bytes);
    expect(content.subarray(0, 5).toString()).toBe("head\n");
    expect(execFileSync("tar", ["-tf", "-"], { input: content.subarray(5), encoding: "utf8" })).toBe(
      `${name}\n`,
    );
  });

  it("notices a file that has become shorter", async () => {
    const source = join(directory, "source");
    writeFileSync(source, "ab");
    await expect(writeTar(join(directory, "tar"), "", [ENTRY], () => source)).rejects.toThrow(
      /changed while it was read/,
    );
  });
});
