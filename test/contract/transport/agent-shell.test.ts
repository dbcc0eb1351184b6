import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConnectionLostError } from "../../../src/errors.js";
import { agentShell } from "../../../src/transport/agent/agent-shell.js";
import { startAgent } from "../../lab/guest-agent.js";
import { shellContract } from "./shell-contract.js";

/** A shell by an agent whose guest is this machine. */
async function start() {
  const home = await mkdtemp(join(tmpdir(), "farm-home-"));
  const { call, hangUp, stop } = await startAgent({ HOME: home, TMPDIR: home });
  const shell = await agentShell({ name: "guest", call, hangUp });
  const end = async () => {
    await shell.close();
    await stop();
    await rm(home, { recursive: true });
  };
  return { shell, home, call, stop: end };
}

describe("a guest's agent", () => shellContract(start, { connects: false }));

test("an agent opens no connections, and says so", async () => {
  const { shell, stop } = await start();
  await expect(shell.connect("127.0.0.1", 22)).rejects.toThrow("its agent opens no connections");
  await stop();
});

test("nothing is left in the guest of commands that have ended", async () => {
  const { shell, home, stop } = await start();
  const script = "cat; head -c 300000 /dev/zero";
  for (const stdin of ["", "some", "x".repeat(200_000)])
    expect((await shell.run({ argv: ["sh", "-c", script], stdin })).stdout).toHaveLength(
      stdin.length + 300_000,
    );
  const [base = ""] = await readdir(home);
  expect(base).toMatch(/^farm-agent\./);
  await expect.poll(() => readdir(join(home, base))).toEqual([]);
  await shell.close();
  await expect.poll(() => readdir(home)).toEqual([]);
  await stop();
});

test("output comes while the command runs", async () => {
  const { shell, home, stop } = await start();
  const heard: string[] = [];
  const script = `echo ready; until [ -e ${home}/go ]; do sleep 0.05; done; echo gone`;
  const running = shell.run(
    { argv: ["sh", "-c", script] },
    { onOutput: (_, chunk) => heard.push(String(chunk)) },
  );
  await expect.poll(() => heard.join("")).toBe("ready\n");
  await shell.writeFile("~/go", "");
  expect((await running).stdout).toBe("ready\ngone\n");
  await stop();
});

test("a command whose agent goes away ends in nobody knows what", async () => {
  const home = await mkdtemp(join(tmpdir(), "farm-home-"));
  const agent = await startAgent({ HOME: home, TMPDIR: home });
  const shell = await agentShell({ name: "guest", ...agent });
  const running = shell.run({
    argv: ["sh", "-c", `touch ${home}/runs; while [ -e ${home}/runs ]; do sleep 0.1; done`],
  });
  await expect.poll(() => readdir(home)).toContain("runs");
  const ended = expect(running).rejects.toThrow(ConnectionLostError);
  await agent.stop();
  await ended;
  await rm(home, { recursive: true });
});
