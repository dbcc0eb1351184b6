import { expect, test } from "vitest";
import { withBecome } from "../../../src/transport/become-shell.js";
import { scriptedShell } from "../../fakes/scripted-shell.js";

test("commands and files are another user's; a command's own become wins", async () => {
  const real = scriptedShell(
    [
      ["virsh list", ""],
      ["id", ""],
      [/^sh -c to=\/f\n/, ""],
      [/^sh -c to=\/g\n/, { code: 1, stderr: "sh: 1: disk full\n" }],
    ],
    { name: "hv" },
  );
  const shell = withBecome(real, { method: "sudo", user: "libvirt", password: "pw" });
  await shell.run({ argv: ["virsh", "list"] });
  await shell.run({ argv: ["id"], become: { method: "su", user: "root" } });
  await shell.writeFile("/f", "content");
  await expect(shell.writeFile("/g", "x")).rejects.toThrow("cannot write /g on 'hv': disk full");
  expect(real.commands.map(({ become }) => become?.user)).toEqual(["libvirt", "root", "libvirt", "libvirt"]);
  expect(JSON.stringify(real.commands.map(({ argv }) => argv))).not.toContain("pw");
  real.done();
});
