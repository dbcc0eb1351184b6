import { expect, test } from "vitest";
import { judgePasst } from "../../../../src/libvirt/inspect/passt.js";

const NEW = { libvirtVersion: "11.3.0", qemuVersion: "10.0.13", program: true };

test.each<[Partial<Parameters<typeof judgePasst>[0]>, string | undefined]>([
  [{}, undefined],
  [{ libvirtVersion: "9.2.0", qemuVersion: "7.2.0" }, undefined],
  [{ libvirtVersion: "10.0.0" }, undefined],
  [{ libvirtVersion: "9.0.0" }, "it needs libvirt 9.2.0, and this is 9.0.0"],
  [{ libvirtVersion: "8.10.0" }, "it needs libvirt 9.2.0, and this is 8.10.0"],
  [{ qemuVersion: "7.1.50" }, "it needs QEMU 7.2.0, and this is 7.1.50"],
  [{ libvirtVersion: undefined }, "the version of libvirt is not known"],
  [{ qemuVersion: undefined }, "the version of QEMU is not known"],
  [{ program: false }, "the program passt is not installed"],
])("passt where there is %j: %s", (parts, reason) => {
  expect(judgePasst({ ...NEW, ...parts })).toEqual(
    reason === undefined ? { usable: true } : { usable: false, reason },
  );
});
