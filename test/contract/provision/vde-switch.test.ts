import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { joinSwitch, leaveSwitches } from "../../../src/libvirt/domain/vde.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";

let directory: string;
let shell: Shell;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-vde-"));
  path = process.env["PATH"] ?? "";
  shell = localShell({ name: "here" });
});
afterEach(async () => {
  await Promise.all(["one", "two"].map((vm) => leave(vm)));
  await shell.close();
  await rm(directory, { recursive: true, force: true });
});

const at = (name: string) => join(directory, "vde", name);
const inPath = () => ({ env: { PATH: path } });
const joinLab = (vm: string) => shell.run({ ...joinSwitch(at("lab"), vm, "0600"), ...inPath() });
const leave = (vm: string) => shell.run({ ...leaveSwitches(at("."), vm), ...inPath() });
const pidOf = async () => Number(await readFile(at("lab.pid"), "utf8"));
/** Its program's; empty for one that has ended. */
const nameOf = (pid: number) =>
  readlink(`/proc/${pid}/exe`).then(
    (exe) => basename(exe),
    () => "",
  );

/** Puts something before or behind the real switch: a machine that is slow where it matters. */
async function slowSwitch(script: string): Promise<void> {
  const bin = join(directory, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "vde_switch"), `#!/bin/sh\nPATH='${path}'\n${script}\n`, { mode: 0o755 });
  path = `${bin}:${path}`;
}

test("the first VM starts the switch, the last one ends it, and nothing of it is left", async () => {
  expect(await joinLab("one")).toMatchObject({ code: 0, stderr: "" });
  const pid = await pidOf();
  expect(await nameOf(pid)).toBe("vde_switch");
  expect(await joinLab("two")).toMatchObject({ code: 0, stderr: "" });
  expect(await pidOf()).toBe(pid);
  await leave("one");
  expect(await nameOf(pid)).toBe("vde_switch");
  await leave("two");
  expect(await nameOf(pid)).toBe("");
  expect(await readdir(at("."))).toEqual([]);
});

test("who joins knows the switch although it writes down late who it is", async () => {
  // Into the background first, as the real one does.
  await slowSwitch('(sleep 1; exec vde_switch "$@" >/dev/null 2>&1) &');
  expect(await joinLab("one")).toMatchObject({ code: 0, stderr: "" });
  const pid = await pidOf();
  expect(await joinLab("two")).toMatchObject({ code: 0, stderr: "" });
  expect(await pidOf()).toBe(pid);
});

test("one that does not run is an error, and not waited for without end", async () => {
  await slowSwitch("exit 7");
  expect(await joinLab("one")).toMatchObject({ code: 1 });
});

test("VMs that come and go at the same time are never in each other's way", async () => {
  for (let round = 0; round < 10; round++) {
    await joinLab("one");
    const [, joined] = await Promise.all([leave("one"), joinLab("two")]);
    expect(joined).toMatchObject({ code: 0, stderr: "" });
    expect(await nameOf(await pidOf())).toBe("vde_switch");
    expect(await readdir(at("lab"))).toContain("ctl");
    await leave("two");
    expect(await readdir(at("."))).toEqual([]);
  }
});
