import { existsSync, readFileSync, rmSync } from "node:fs";
import { expect } from "vitest";
import type { FarmError } from "../../../src/errors.js";
import { connectSsh } from "../../../src/transport/ssh/ssh-shell.js";
import type { SshTarget } from "../../../src/transport/ssh/ssh-target.js";
import type { LabSshd } from "../../lab/sshd.js";

/** How to reach a lab sshd as root, its host key pinned. */
export function targetOf(sshd: LabSshd, more: Partial<SshTarget> = {}): SshTarget {
  return {
    name: "lab",
    host: "127.0.0.1",
    port: sshd.port,
    user: "root",
    auth: { keyFiles: [sshd.clientKeyPath] },
    hostKey: { kind: "pinned", key: sshd.hostKey, onFirst: () => undefined },
    ...more,
  };
}

/** True while a process runs; one that has ended and that nobody has waited for yet does not count. */
export function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}

/**
 * The process id that a command had written down before its time was over: one that has not come so far, on a machine that has much to do,
 * is given more time.
 * @param run checks that the time was over
 */
export async function pidBeforeTimeout(
  file: string,
  run: (timeoutMs: number) => Promise<void>,
): Promise<number> {
  for (let timeoutMs = 1500; ; timeoutMs *= 3) {
    rmSync(file, { force: true });
    await run(timeoutMs);
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (pid > 1) return pid;
  }
}

/** The error of a connection that must not come about. */
export const failing = async (target: SshTarget): Promise<FarmError> => {
  const thrown = await connectSsh(target).then(
    async (shell) => shell.close(),
    (error: FarmError) => error,
  );
  if (!thrown) throw new Error("it connected");
  return thrown;
};

/** Connects, and runs a command. */
export const succeeding = async (target: SshTarget): Promise<void> => {
  const shell = await connectSsh(target);
  expect((await shell.run({ argv: ["true"] })).code).toBe(0);
  await shell.close();
};
