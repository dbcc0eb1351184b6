import { describe, expect, test } from "vitest";
import { inspectHeader } from "../../../../src/images/format/image-header.js";
import { judgeCheck, judgeInfo } from "../../../../src/images/format/image-info.js";

const qcow2 = (change: (header: Buffer) => void = () => undefined, version = 3): Buffer => {
  const header = Buffer.alloc(128);
  header.write("QFI\xfb", 0, "latin1");
  header.writeUInt32BE(version, 4);
  change(header);
  return header;
};

describe("inspectHeader", () => {
  test.each<[string, Buffer, string]>([
    ["qcow2 version 3", qcow2(), "qcow2"],
    ["qcow2 version 2", qcow2(undefined, 2), "qcow2"],
    ["version 2 has no features: other bytes stand there", qcow2((h) => h.writeUInt8(4, 79), 2), "qcow2"],
    ["dirty and extended-L2 bits are fine", qcow2((h) => h.writeUInt8(0b10001, 79)), "qcow2"],
    ["a boot sector", Buffer.from("eb63900000", "hex"), "raw"],
    ["zeros", Buffer.alloc(128), "raw"],
  ])("%s", (_name, header, format) => expect(inspectHeader(header)).toEqual({ format }));

  test.each<[string, Buffer, RegExp]>([
    ["a backing file", qcow2((h) => h.writeBigUInt64BE(512n, 8)), /backing file/],
    ["a data file", qcow2((h) => h.writeUInt8(0b101, 79)), /data file/],
    ["encryption", qcow2((h) => h.writeUInt32BE(2, 32)), /encrypted/],
    ["another version", qcow2(undefined, 1), /version is 1/],
    ["half a header", qcow2().subarray(0, 50), /cut off/],
    ["empty", Buffer.alloc(0), /empty/],
    ["gzip", Buffer.from("1f8b0800", "hex"), /gzip/],
    ["xz", Buffer.from("fd377a585a00", "hex"), /xz archive/],
    ["zstd", Buffer.from("28b52ffd", "hex"), /zstd/],
    ["a login page", Buffer.from("\n<!DOCTYPE html><html>"), /web page/],
    ["VMDK descriptor", Buffer.from("# Disk DescriptorFile\n"), /VMDK/],
    ["VDI", Buffer.concat([Buffer.alloc(64), Buffer.from("7f10dabe", "hex")]), /VDI/],
    ["LUKS", Buffer.from("LUKS\xba\xbe", "latin1"), /LUKS/],
  ])("%s is refused", (_name, header, reason) => {
    expect(inspectHeader(header)).toMatchObject({ refused: expect.stringMatching(reason) });
  });
});

describe("judgeInfo", () => {
  const info = (more: object) =>
    JSON.stringify({ format: "qcow2", "virtual-size": 1024, "actual-size": 5, ...more });
  test("tells the virtual size", () =>
    expect(judgeInfo(info({}), "qcow2")).toEqual({ virtualSizeBytes: 1024 }));
  test.each<[string, string, RegExp]>([
    ["no JSON", "qemu-img: error", /cannot read/],
    ["another format", info({ format: "raw" }), /it is raw, not qcow2/],
    ["a backing file", info({ "backing-filename": "/etc/shadow" }), /backing file/],
    ["a data file", info({ "format-specific": { data: { "data-file": "/dev/sda" } } }), /data file/],
    ["encryption", info({ encrypted: true }), /encrypted/],
    ["no size", info({ "virtual-size": 0 }), /virtual size is 0/],
  ])("%s is refused", (_name, json, reason) => {
    expect(judgeInfo(json, "qcow2")).toMatchObject({ refused: expect.stringMatching(reason) });
  });
});

test.each([
  [0, undefined],
  [3, undefined],
  [63, undefined],
  [2, expect.stringMatching(/damaged/)],
  [1, expect.stringMatching(/ended with 1/)],
  [137, expect.stringMatching(/ended with 137/)],
])("judgeCheck(%d)", (code, expected) => expect(judgeCheck(code)).toEqual(expected));
