import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { joinSwitch, leaveSwitches } from "../../../src/libvirt/domain/vde.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { alive } from "../transport/ssh-lab.js";

/** In the place of vde_switch: it takes its time to end, and takes its files away as its last act. */
const SLOW = `#!/bin/sh
if [ "$1" = -d ]; then
  "$0" stay "$3" "$5" >/dev/null 2>&1 &
  until [ -s "$5" ]; do sleep 0.01; done
  exit
fi
mkdir "$2"
trap 'sleep 0.5; rm -f "$3"; rmdir "$2"; exit' TERM
echo $$ >"$3"
while :; do sleep 0.01; done
`;

let directory: string;
let shell: Shell;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-vde-"));
  await mkdir(join(directory, "bin"));
  await writeFile(join(directory, "bin/vde_switch"), SLOW, { mode: 0o755 });
  const env = { ...process.env, PATH: `${join(directory, "bin")}:${process.env["PATH"]}` };
  shell = localShell({ name: "here", env });
});
afterEach(async () => {
  await shell.close();
  await rm(directory, { recursive: true, force: true });
});

test("a switch has ended when the last VM has left it: a new one of its name keeps its files", async () => {
  const lab = join(directory, "vde/lab");
  const enter = async (vm: string) => {
    expect(await shell.run(joinSwitch(lab, vm, "0700"))).toMatchObject({ code: 0, stderr: "" });
    return Number(readFileSync(`${lab}.pid`, "utf8"));
  };
  const leave = async (vm: string) =>
    expect(await shell.run(leaveSwitches(join(directory, "vde"), vm))).toMatchObject({ code: 0, stderr: "" });
  const first = await enter("one");
  expect(await enter("two")).toBe(first);
  await leave("one");
  expect(alive(first)).toBe(true);
  await leave("two");
  const next = await enter("three");
  await expect.poll(() => alive(first)).toBe(false);
  expect([existsSync(lab), readFileSync(`${lab}.pid`, "utf8")]).toEqual([true, `${next}\n`]);
  await leave("three");
  expect([alive(next), existsSync(lab), existsSync(`${lab}.pid`)]).toEqual([false, false, false]);
});
