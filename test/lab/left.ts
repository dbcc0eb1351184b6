import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LabHypervisor } from "./hypervisors.js";
import { nameOf, processesOf } from "./processes.js";

const exec = promisify(execFile);

/** What is on a hypervisor when a run is over. */
export interface Left {
  readonly domains: readonly string[];
  /** Below `farm` of its pool, with their modes; what is different in every run of a name is a star. */
  readonly files: readonly string[];
  readonly ports: readonly string[];
  /** Files of those that somebody has locked. */
  readonly locks: readonly string[];
  /** All but the daemons, which stay for a while. */
  readonly programs: readonly string[];
}

export async function leftOn({ as, pool, user, domains }: LabHypervisor): Promise<Left> {
  const found = await as("find", join(pool, "farm"), "-printf", "%i %M %P\n");
  const entries = found.split("\n").map((line) => /^(\d+) (.*)$/.exec(line) ?? []);
  const locked = new Set(
    [...(await readFile("/proc/locks", "utf8")).matchAll(/:(\d+) \d+ \S+$/gm)].map(([, inode]) => inode),
  );
  const running = await processesOf(user);
  const names = await Promise.all(running.map(nameOf));
  const ofUser = new Set(running.map(String));
  const sockets = (await exec("ss", ["-Hlntup"])).stdout.split("\n");
  return {
    domains: await domains(),
    files: entries.map(([, , shown = ""]) => alike(shown)).sort(),
    ports: sockets.filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid = ""]) => ofUser.has(pid))),
    locks: entries.flatMap(([, inode, shown = ""]) => (locked.has(inode) ? [shown] : [])),
    programs: names.filter((name) => !/^(libvirtd|virtlogd|sshd.*|)$/.test(name)),
  };
}

const alike = (shown: string): string => shown.replace(/-[0-9a-f]{16}-[0-9a-f]{8}(?=\/|$)/, "-*");
