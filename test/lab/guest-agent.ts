import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type AgentCall, AgentRefusal, AgentSilence } from "../../src/transport/agent/agent-call.js";

/** QEMU's real guest agent, whose guest is this machine. */
export interface LabAgent {
  readonly call: AgentCall;
  readonly hangUp: () => void;
  stop(): Promise<void>;
}

/** @param env all of the agent's environment: a guest's has no HOME and little of a PATH */
export async function startAgent(env: Readonly<Record<string, string>> = {}): Promise<LabAgent> {
  const directory = await mkdtemp(join(tmpdir(), "farm-ga-"));
  const path = join(directory, "agent.sock");
  const agent = spawn("qemu-ga", ["--method=unix-listen", `--path=${path}`, `--statedir=${directory}`], {
    stdio: "ignore",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
  });
  while (!existsSync(path)) {
    if (agent.exitCode !== null) throw new Error("qemu-ga does not start");
    await new Promise((done) => setTimeout(done, 20));
  }
  const socket = connect(path);
  const waiting: ((line: string | undefined) => void)[] = [];
  createInterface({ input: socket }).on("line", (line) => waiting.shift()?.(line));
  socket
    .on("error", () => undefined)
    .on("close", () => {
      for (const each of waiting.splice(0)) each(undefined);
    });
  const call: AgentCall = async (execute, args) => {
    if (socket.destroyed) throw new AgentSilence("the agent is gone");
    const line = await new Promise<string | undefined>((resolve) => {
      waiting.push(resolve);
      socket.write(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`);
    });
    if (line === undefined) throw new AgentSilence("the agent is gone");
    const answer = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
    if (answer.error) throw new AgentRefusal(answer.error.desc);
    return answer.return;
  };
  return {
    call,
    hangUp: () => socket.destroy(),
    async stop() {
      socket.destroy();
      agent.kill("SIGKILL"); // On TERM its handler takes GLib's locks, and now and then waits for itself for ever.
      if (agent.exitCode === null && agent.signalCode === null) await once(agent, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}
