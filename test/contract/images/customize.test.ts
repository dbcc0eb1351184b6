import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { customize } from "../../../src/images/access/customize.js";
import { guestSetup } from "../../../src/images/access/guest-setup.js";
import { Auth } from "../../../src/load/definitions/vm-definition.js";
import { localShell } from "../../../src/transport/local-shell.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-customize-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What takes virt-customize's place: it notes how it was called, and with what script. */
function standIn(ending: string): NodeJS.ProcessEnv {
  const path = join(directory, "virt-customize");
  writeFileSync(
    path,
    `#!/bin/sh
printf '%s\\n' "$LIBGUESTFS_BACKEND $LIBGUESTFS_BACKEND_SETTINGS" "$@" >"${directory}/called"
for last; do :; done
ls -l "$last" | cut -c 1-10 >"${directory}/mode" && cp "$last" "${directory}/script"
${ending}
`,
  );
  chmodSync(path, 0o755);
  return { ...process.env, LIBGUESTFS_BACKEND_SETTINGS: "", PATH: `${directory}:${process.env["PATH"]}` };
}

const setup = guestSetup(
  Auth.parse({ user: "u", password: "s3cret" }),
  "vm",
  ["key"],
  (text) => `$6$${text.length}`,
);
const run = (env: NodeJS.ProcessEnv, emulated = true) =>
  customize(localShell({ name: "hv", env }), join(directory, "disk.qcow2"), setup, { emulated });
const read = (name: string) => readFileSync(join(directory, name), "utf8");

test("virt-customize is given a script that nobody else may read, and nothing secret as an argument", async () => {
  await run(standIn("exit 0"));
  const script = join(directory, "disk.qcow2.setup");
  expect(read("called").split("\n")).toEqual([
    "direct force_tcg",
    ...["--quiet", "--no-network", "--selinux-relabel", "--format", "qcow2"],
    ...["-a", join(directory, "disk.qcow2"), "--run", script, ""],
  ]);
  expect(read("mode")).toBe("-rw-------\n");
  expect(read("script")).toContain("$6$6\n");
  expect(readdirSync(directory)).not.toContain("disk.qcow2.setup");
});

test("where KVM is real it is used", async () => {
  await run(standIn("exit 0"), false);
  expect(read("called").split("\n")[0]).toBe("direct ");
});

test.each([
  [
    "echo 'no operating system was found' >&2; exit 1",
    /virt-customize failed on 'hv': no operating system/,
    undefined,
  ],
  ["echo 'supermin exited with 1' >&2; exit 1", /supermin exited/, /a kernel that this user may read/],
  ["exit 127", /'hv' has no virt-customize/, /libguestfs-tools/],
])("%s", async (ending, message, hint) => {
  const error = await run(standIn(ending)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
  if (hint) expect(error).toMatchObject({ hint: expect.stringMatching(hint) });
  expect(readdirSync(directory)).not.toContain("disk.qcow2.setup");
});
