import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ImageStore } from "../../../src/images/store.js";
import { localShell } from "../../../src/transport/local-shell.js";
import { qemuImg, quickClock, recipe } from "./pool.js";

const GIB = 2 ** 30;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-partitions-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const run = (program: string, ...argv: string[]): string =>
  execFileSync(program, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const at = (name: string): string => join(directory, name);

/** A disk of 64 MiB with partitions as sgdisk makes them. */
function disk(format: "qcow2" | "raw", ...sgdisk: string[]): string {
  qemuImg("create", "-q", "-f", "raw", at("disk.raw"), "64M");
  if (sgdisk.length > 0) run("sgdisk", ...sgdisk, at("disk.raw"));
  if (format === "raw") return at("disk.raw");
  qemuImg("convert", "-f", "raw", "-O", "qcow2", at("disk.raw"), at("disk.qcow2"));
  return at("disk.qcow2");
}

/** The disk as a VM's of 10 GiB in which one partition grew, as raw bytes. */
async function grown(image: string, partitionNumber: number, sizeBytes = 10 * GIB): Promise<string> {
  const store = new ImageStore(localShell({ name: "hv", home: directory }), at("my 'pool'"), {
    clock: quickClock(),
  });
  const stored = await store.ensure(recipe(image));
  const before = readFileSync(stored.path);
  const leaf = at("a leaf; 'x'.qcow2");
  try {
    await store.createLeaf(stored, leaf, { sizeBytes, partitionNumber });
  } finally {
    expect(readFileSync(stored.path).equals(before)).toBe(true);
    expect(existsSync(`${leaf}.part`)).toBe(false);
  }
  qemuImg("convert", "-f", "qcow2", "-O", "raw", leaf, at("grown.raw"));
  return at("grown.raw");
}

const DEBIAN = ["-n", "14:2048:+3M", "-t", "14:ef02", "-n", "15:8192:+8M", "-t", "15:ef00", "-n", "1:0:0"];

describe.each(["qcow2", "raw"] as const)("GPT in %s", (format) => {
  test("laid out as Debian's images: sgdisk finds nothing to complain of, and the partition at the end", async () => {
    const disk64 = disk(format, ...DEBIAN, "-c", "1:root");
    const guid = /unique GUID: (\S+)/;
    const before = run("sgdisk", "-i", "1", at("disk.raw")).match(guid)?.[1];
    const after = await grown(disk64, 1);
    expect(run("sgdisk", "-v", after)).toMatch(/No problems found/);
    const said = run("sgdisk", "-i", "1", after);
    expect(said).toMatch(/Last sector: 20969471 /);
    expect(said).toMatch(/Partition name: 'root'/);
    expect(before).toBeDefined();
    expect(said.match(guid)?.[1]).toBe(before);
    expect(run("sgdisk", "-i", "15", after)).toMatch(/Partition size: 16384 sectors/);
  });
});

test("MBR: the partition ends with the disk", async () => {
  const image = disk("qcow2", "-n", "1:2048:+8M", "-n", "2:0:0", "-m", "1:2");
  const after = readFileSync(await grown(image, 2, GIB)).subarray(0, 512);
  const [start, count] = [after.readUInt32LE(462 + 8), after.readUInt32LE(462 + 12)];
  expect(start + count).toBe(GIB / 512);
});

describe("what cannot grow is said, and there is no disk", () => {
  test.each<[string, string[], number, RegExp]>([
    ["LVM", ["-n", "1:0:0", "-t", "1:8e00"], 1, /partition 1 is LVM/],
    ["encrypted", ["-n", "1:0:0", "-t", "1:8309"], 1, /partition 1 is encrypted/],
    ["RAID", ["-n", "1:0:0", "-t", "1:fd00"], 1, /partition 1 is a RAID member/],
    ["swap last", ["-n", "1:0:+8M", "-n", "2:0:0", "-t", "2:8200"], 1, /partition 2 \(swap\) lies behind/],
    ["ESP last", ["-n", "1:0:+8M", "-n", "2:0:0", "-t", "2:ef00"], 1, /EFI system partition\) lies behind/],
    ["BIOS boot last", ["-n", "1:0:+8M", "-n", "2:0:0", "-t", "2:ef02"], 1, /BIOS boot partition\) lies/],
    ["no such partition", DEBIAN, 3, /there is no partition 3/],
    ["a hybrid MBR", ["-n", "1:0:0", "-h", "1"], 1, /MBR of its own/],
    ["no table", [], 1, /no partition table/],
  ])("%s", async (_name, sgdisk, partition, reason) => {
    await expect(grown(disk("qcow2", ...sgdisk), partition)).rejects.toThrow(reason);
    expect(existsSync(at("a leaf; 'x'.qcow2"))).toBe(false);
  });

  test("a damaged GPT", async () => {
    const image = disk("raw", "-n", "1:0:0");
    run("sh", "-c", `printf x | dd of="$1" bs=1 seek=1100 conv=notrunc`, "sh", image);
    await expect(grown(image, 1)).rejects.toThrow(/its GPT is damaged/);
  });
});
