import { expect, it } from "vitest";
import { MachineState } from "../../../../src/tasks/system/machine-state.js";

const status = "status 81a4 640 0 0 root root 2 1 1 1 1 1 1";

it("reads lines by their names", () => {
  const state = new MachineState("value a b\nvalue  \nother x\nvalue\n\nmount: error\n");
  expect(state.lines("value")).toEqual(["a b", " "]);
  expect(state.text("other")).toBe("x");
  expect(state.text("none")).toBeUndefined();
});

it("reads files with every byte", () => {
  const state = new MachineState(
    `f path /a b\nf ${status}\nf base64 /wo=\ng path /x\ng ${status}\nf path /none\nf path /c\nf ${status}\nf hex ff0a\nbytes base64 AAE=\n`,
  );
  const files = state
    .files("f")
    .map(({ path, file }) => [path, file?.status.mode, file?.content.toString("hex")]);
  expect(files).toEqual([
    ["/a b", 0o640, "ff0a"],
    ["/none", undefined, undefined],
    ["/c", 0o640, "ff0a"],
  ]);
  expect(state.files("g")[0]?.file).toBeUndefined();
  expect(state.bytes("bytes")?.toString("hex")).toBe("0001");
  expect(state.bytes("none")).toBeUndefined();
});
