import { describe, expect, it } from "vitest";
import { namedArguments, parseNamed } from "../../../../src/libvirt/inspect/named-paths.js";

describe("namedArguments", () => {
  it("has four words for each path, and none for what is no path", () => {
    const emulators = [
      { path: "/opt/qemu", arch: "x86_64" },
      { path: "/opt/q", arch: "m68k" },
      { path: "-x", arch: "x86_64" },
    ];
    expect(namedArguments({ firmware: ["efi", "/f", "/two\nlines"], emulators })).toEqual([
      ...["firmware", "/f", "-", "-"],
      ...["emulator", "/opt/qemu", "x86_64", "q35"],
      ...["emulator", "/opt/q", "m68k", "-"],
    ]);
  });
});

describe("parseNamed", () => {
  const descriptor = (code: string, vars: string) =>
    JSON.stringify({
      mapping: { device: "flash", executable: { filename: code }, "nvram-template": { filename: vars } },
    });

  it("knows what is missing, and what variables are made from; of two descriptors the first one counts", () => {
    const said = [descriptor("/f", "/vars"), descriptor("/f", "/later"), "missing /a b", "missing /c"];
    const { missing, varsTemplates } = parseNamed(said.join("\n"));
    expect([...missing]).toEqual(["/a b", "/c"]);
    expect([...varsTemplates]).toEqual([["/f", "/vars"]]);
  });

  it.each(["", "{ no JSON", '{"mapping":{"device":"memory","filename":"/f"}}', '{"mapping":3}', "{}"])(
    "passes over %j",
    (said) => {
      const { missing, varsTemplates } = parseNamed(said);
      expect([missing.size, varsTemplates.size]).toEqual([0, 0]);
    },
  );
});
