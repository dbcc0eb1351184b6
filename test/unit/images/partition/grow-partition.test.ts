import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growPartition } from "../../../../src/images/partition/grow-partition.js";
import { headCommand, parseHead } from "../../../../src/images/partition/head-command.js";
import { HEAD_BYTES } from "../../../../src/images/partition/sectors.js";

const GIB = 2 ** 30;

interface Entry {
  readonly type: number;
  readonly start: number;
  readonly count: number;
}

const mbr = (...entries: readonly Entry[]): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES, 0);
  head.fill(0xc3, 0, 440);
  entries.forEach(({ type, start, count }, index) => {
    const at = 446 + 16 * index;
    head[at + 4] = type;
    head.writeUInt32LE(start, at + 8);
    head.writeUInt32LE(count, at + 12);
  });
  head.writeUInt16BE(0x55aa, 510);
  return head;
};
const linux = { type: 0x83, start: 2048, count: 1_000_000 };
const grow = (head: Buffer, partition: number, diskBytes = 10 * GIB) =>
  growPartition({ head, diskBytes, partition });

describe("MBR", () => {
  test("the last partition fills the disk; nothing but its entry changes", () => {
    const head = mbr(linux);
    const before = Buffer.from(head);
    const growth = grow(head, 1);
    if (!("writes" in growth)) throw new Error(growth.refused);
    const [write] = growth.writes;
    expect(growth.writes).toHaveLength(1);
    expect(write?.bytes.readUInt32LE(446 + 12)).toBe((10 * GIB) / 512 - 2048);
    const changed = [...(write?.bytes ?? [])].flatMap((byte, at) => (byte === before[at] ? [] : [at]));
    expect(changed.every((at) => at >= 446 + 5 && at < 446 + 16)).toBe(true);
    expect(head.equals(before)).toBe(true);
  });

  test.each<[string, Buffer, number, string]>([
    ["one that is not there", mbr(linux), 2, "there is no partition 2"],
    ["LVM", mbr({ ...linux, type: 0x8e }), 1, "partition 1 is LVM"],
    [
      "swap behind it",
      mbr(linux, { type: 0x82, start: 2_000_000, count: 8 }),
      1,
      "partition 2 (swap) lies behind partition 1",
    ],
    [
      "an ESP behind it",
      mbr(linux, { type: 0xef, start: 2_000_000, count: 8 }),
      1,
      "partition 2 (an EFI system partition) lies behind",
    ],
    ["a logical one", mbr({ ...linux, type: 5 }), 5, "partition 5 is a logical one"],
    ["no table", Buffer.alloc(HEAD_BYTES), 1, "no partition table"],
    ["a disk of nothing", Buffer.alloc(512), 1, "too small"],
  ])("%s: refused", (_name, head, partition, reason) => {
    expect(grow(head, partition)).toMatchObject({ refused: expect.stringContaining(reason) });
  });

  test("more than an MBR can tell, and less than there is", () => {
    expect(grow(mbr(linux), 1, 3 * 2 ** 40)).toMatchObject({ refused: expect.stringContaining("2 TiB") });
    expect(grow(mbr(linux), 1, 2 ** 20)).toMatchObject({ refused: expect.stringContaining("beyond") });
  });

  test("a partition by number, not by place", () => {
    const head = mbr({ ...linux, start: 4_000_000 }, linux);
    expect(grow(head, 2)).toMatchObject({ refused: expect.stringContaining("partition 1 lies behind") });
    expect(grow(head, 1)).toHaveProperty("writes");
  });
});

test("whatever the bytes are, the answer is a growth or a reason", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: HEAD_BYTES, maxLength: HEAD_BYTES }),
      fc.boolean(),
      fc.integer({ min: 1, max: 128 }),
      (bytes, signed, partition) => {
        const head = Buffer.from(bytes);
        if (signed) head.write("EFI PART", 512, "latin1");
        const growth = grow(head, partition);
        if ("writes" in growth)
          for (const { offset, bytes: written } of growth.writes)
            expect(offset % 512 === 0 && offset >= 0 && offset + written.length <= 10 * GIB).toBe(true);
        else expect(growth.refused).not.toBe("");
      },
    ),
  );
});

describe("the head as qemu-io dumps it", () => {
  test("is read; a gap or anything else is none", () => {
    const rows = [
      "00000000:  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................",
      "00000010:  10 11  ..",
      "read 18/18 bytes at offset 0",
    ];
    expect(parseHead(rows.join("\n"))).toEqual(Buffer.from(Array.from({ length: 18 }, (_, i) => i)));
    expect(parseHead(rows.slice(1).join("\n"))).toBeUndefined();
    expect(parseHead("read failed: Input/output error")).toBeUndefined();
  });

  test("no more is asked for than the image has, and its path is no part of a script", () => {
    const path = "/pool; $(id) 'x'";
    const { argv } = headCommand({ path, sha256: "", format: "raw", virtualSizeBytes: 512 });
    expect(argv[2]).not.toContain(path);
    expect(argv.slice(4)).toEqual(["raw", path, "512"]);
  });
});
