import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localShell } from "../../../src/transport/local-shell.js";
import { shellContract } from "./shell-contract.js";
import { makeShellDirectory, SHELLS } from "./shell-kinds.js";
import { alive } from "./ssh-lab.js";

for (const [kind, program] of Object.entries(SHELLS)) {
  describe.skipIf(!existsSync(program))(`a local shell where sh is ${kind}`, () => {
    let directory = "";
    let path = "";
    beforeAll(async () => {
      ({ directory, path } = await makeShellDirectory(kind, program));
    });
    afterAll(() => rm(directory, { recursive: true }));

    shellContract(async () => {
      const shell = localShell({ name: "here", home: directory, env: { ...process.env, PATH: path } });
      return { shell, home: directory, stop: () => shell.close() };
    });

    test("a command and what it started end when farm is killed", async () => {
      const farm = await startFarm(directory, path);
      const pids = await readPids(join(directory, "pids"));
      farm.kill("SIGKILL");
      for (const pid of pids) await expect.poll(() => alive(pid)).toBe(false);
    });
  });
}

/** A process that, like farm, runs a shell line and is then killed. */
async function startFarm(directory: string, path: string): Promise<ChildProcess> {
  const { shellLine } = await import("../../../src/transport/script.js");
  const script = `echo $$ >${directory}/pids; (trap '' TERM; sleep 300) & echo $! >>${directory}/pids; wait`;
  const line = shellLine({ argv: ["sh", "-c", script] }, { bytes: 0 });
  const program = `require("child_process").spawn("sh", ["-c", ${JSON.stringify(line)}], { detached: true })`;
  return spawn(process.execPath, ["-e", program], { env: { ...process.env, PATH: path }, stdio: "ignore" });
}

async function readPids(file: string): Promise<number[]> {
  const read = async () =>
    existsSync(file) ? (await readFile(file, "utf8")).trim().split("\n").map(Number) : [];
  await expect.poll(async () => (await read()).length).toBe(2);
  return read();
}
