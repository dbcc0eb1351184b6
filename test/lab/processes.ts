import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const LOOK_MS = 25;
const DEADLINE_MS = 60_000;

/** Kills a process, which may have ended since it was found. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The ids of what runs as a user, from /proc. */
export async function processesOf(user: string): Promise<number[]> {
  return ofOwner((await run("id", ["-u", user])).stdout.trim());
}

/** What a process is called; empty for one that has ended meanwhile. */
export const nameOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();

/** Ends all that runs as a user, and what that has started meanwhile. @throws Error when something stays */
export async function endProcessesOf(user: string): Promise<void> {
  const uid = (await run("id", ["-u", user])).stdout.trim();
  const start = Date.now();
  for (;;) {
    const pids = await ofOwner(uid);
    if (pids.length === 0) return;
    if (Date.now() - start > DEADLINE_MS)
      throw new Error(`of '${user}' there still runs: ${(await Promise.all(pids.map(nameOf))).join(", ")}`);
    for (const pid of pids) endProcess(pid);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

async function ofOwner(uid: string): Promise<number[]> {
  const found = await Promise.all(
    (await readdir("/proc"))
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid) => ((await owner(pid)) === uid ? [Number(pid)] : [])),
  );
  return found.flat();
}

/** undefined for a process that has ended, zombies included. */
async function owner(pid: string): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return /^State:\s+Z/m.test(status) ? undefined : /^Uid:\s+(\d+)/m.exec(status)?.[1];
}
