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

/** Files are looked at last: what still ran was seen before, and whoever sees that nothing ran sees what it has left. */
export async function leftOn({ as, pool, user, domains }: LabHypervisor): Promise<Left> {
  const known = await domains();
  const running = await processesOf(user);
  const names = await Promise.all(running.map(nameOf));
  const ofUser = new Set(running.map(String));
  const sockets = (await exec("ss", ["-Hlntup"])).stdout.split("\n");
  const locked = locksIn(await readFile("/proc/locks", "utf8"));
  // Something may just be going away.
  const found = await as("find", join(pool, "farm"), "-ignore_readdir_race", "-printf", "%D:%i %M %P\n");
  const entries = found.split("\n").map((line) => /^(\d+:\d+) (.*)$/.exec(line) ?? []);
  return {
    domains: known,
    files: entries.map(([, , shown = ""]) => alike(shown)).sort(),
    ports: sockets.filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid = ""]) => ofUser.has(pid))),
    locks: entries.flatMap(([, file = "", shown = ""]) => (locked.has(file) ? [shown] : [])),
    programs: names.filter((name) => !/^(libvirtd|virtlogd|sshd.*|)$/.test(name)),
  };
}

/** `DEVICE:INODE` of all files that are locked, the device as stat(2) has it: inodes of other disks have the same numbers. */
function locksIn(table: string): Set<string> {
  const files = table.matchAll(/ ([0-9a-f]+):([0-9a-f]+):(\d+) \d+ \S+$/gm);
  return new Set([...files].map(([, major = "", minor = "", inode]) => `${device(major, minor)}:${inode}`));
}

/** Of Linux's dev_t: twelve bits of the major number between eight and twelve of the minor one. */
function device(major: string, minor: string): number {
  const [high, low] = [Number.parseInt(major, 16), Number.parseInt(minor, 16)];
  return ((low & 0xff) | (high << 8) | ((low & 0xfff00) << 12)) >>> 0;
}

const alike = (shown: string): string => shown.replace(/-[0-9a-f]{16}-[0-9a-f]{8}(?=\/|$)/, "-*");
