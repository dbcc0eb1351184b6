import { existsSync, watch } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RunningFarm } from "./farm.js";
import type { LabHypervisor } from "./hypervisors.js";

/** Orders one fault of whichever program of a hypervisor knows these words (faulty-virsh.ts, faulty-tools.ts). */
export async function orderFault({ home, as }: LabHypervisor, ...words: string[]): Promise<void> {
  await rm(join(home, "fault-done"), { force: true });
  await as("sh", "-c", 'printf "%s\\n" "$1" >"$HOME/fault"', "sh", words.join(" "));
}

/** Whether the fault has happened. */
export const faultHappened = ({ home }: LabHypervisor): boolean => existsSync(join(home, "fault-done"));

/** Resolves when the fault has happened. */
export const untilFault = (hypervisor: LabHypervisor): Promise<void> =>
  new Promise((resolve) => {
    const watcher = watch(hypervisor.home, () => {
      if (!faultHappened(hypervisor)) return;
      watcher.close();
      resolve();
    });
  });

/** What the program that had the fault says of it. */
export const saidOfFault = ({ home }: LabHypervisor): Promise<string> =>
  readFile(join(home, "fault-done"), "utf8");

/** Kills a farm when the program stands still that was told to; what stands still goes on then, as if nobody had waited for it. */
export async function killAtFault(hypervisor: LabHypervisor, start: () => RunningFarm): Promise<void> {
  const stopped = untilFault(hypervisor);
  const { process: child, ended } = start();
  await Promise.race([stopped, ended]);
  child.kill("SIGKILL");
  const { code, stdout } = await ended;
  if (code !== null) throw new Error(`farm ended before the fault:\n${stdout}`);
  for (const pid of (await saidOfFault(hypervisor)).match(/\d+/g) ?? []) goOn(Number(pid));
}

/** One may have ended with its farm. */
function goOn(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
