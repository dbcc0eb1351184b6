import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { tellOfRunning } from "./farm.js";
import { killNow, startSshd } from "./sshd.js";

const run = promisify(execFile);

/** One unprivileged user behind the lab's sshd: a hypervisor with a libvirt session of its own. */
export interface LabHypervisor {
  readonly user: string;
  readonly home: string;
  /** `farm` and user's own directory of images and VMs. */
  readonly pool: string;
  /** Names of all domains of its libvirt. */
  domains(): Promise<string[]>;
  /** Runs a command as that user. */
  as(...argv: string[]): Promise<string>;
}

export interface LabHypervisors {
  readonly hypervisors: readonly LabHypervisor[];
  readonly port: number;
  readonly clientKeyPath: string;
  /** `TYPE BASE64` of the sshd. */
  readonly hostKey: string;
  /** A home for farm itself, with a known_hosts that knows the lab. */
  readonly farmHome: string;
  stop(): Promise<void>;
}

interface LabOptions {
  /** Searched for programs before all others, by whoever logs in. */
  readonly path?: string;
  /** `path` is all that is searched. */
  readonly onlyPath?: boolean;
}

/** As many hypervisors as asked for, on loopback; needs root. `stop` ends their daemons by pid and removes the users. */
export async function startHypervisors(
  count: number,
  { path, onlyPath = false }: LabOptions = {},
): Promise<LabHypervisors> {
  const directory = await mkdtemp(join(tmpdir(), "farm-lab-"));
  await chmod(directory, 0o755);
  const sshd = await startSshd(
    path === undefined
      ? {}
      : { config: [`SetEnv PATH=${onlyPath ? path : `${path}:/usr/local/bin:/usr/bin:/bin`}`] },
  );
  const hypervisors: LabHypervisor[] = [];
  for (let index = 1; index <= count; index++) hypervisors.push(await makeUser(directory, index));
  const farmHome = join(directory, "farm");
  await mkdir(join(farmHome, ".ssh"), { recursive: true, mode: 0o700 });
  await writeFile(join(farmHome, ".ssh/known_hosts"), `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  return {
    hypervisors,
    port: sshd.port,
    clientKeyPath: sshd.clientKeyPath,
    hostKey: sshd.hostKey,
    farmHome,
    stop: async () => {
      tellOfRunning();
      for (const hypervisor of hypervisors) await removeUser(hypervisor);
      await sshd.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function makeUser(directory: string, index: number): Promise<LabHypervisor> {
  const user = `farm-${process.pid}-${index}`;
  const home = join(directory, `h${index}`);
  await run("useradd", ["--create-home", "--home-dir", home, "--shell", "/bin/sh", user]);
  await run("usermod", ["--password", "*", user]);
  const id = (await run("id", ["-u", user])).stdout.trim();
  // The same runtime directory that farm pins for a user without one.
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    USER: user,
    XDG_RUNTIME_DIR: join(home, ".cache"),
  };
  const as = async (...argv: string[]) =>
    (await run("setpriv", [`--reuid=${id}`, `--regid=${id}`, "--init-groups", ...argv], { env, cwd: home }))
      .stdout;
  return {
    user,
    home,
    pool: join(home, ".local/share/libvirt/images"),
    as,
    domains: async () =>
      (await as("virsh", "-q", "-c", "qemu:///session", "list", "--all", "--name"))
        .split("\n")
        .filter(Boolean),
  };
}

async function removeUser({ user, home }: LabHypervisor): Promise<void> {
  await endAllOf(user);
  await run("userdel", ["--remove", user]).catch((error: Error) => {
    // userdel complains about a mail spool that never was.
    if (!/mail spool/.test(error.message)) throw error;
  });
  await rm(home, { recursive: true, force: true });
}

const GONE_MS = 120_000;

/** Until none is left: one that was just being started is not among those that are found first, and userdel minds it. */
async function endAllOf(user: string): Promise<void> {
  const end = Date.now() + GONE_MS;
  for (let pids = await processesOf(user); pids.length > 0; pids = await processesOf(user)) {
    for (const pid of pids) killNow(pid);
    if (Date.now() > end) throw new Error(`processes of ${user} do not end: ${pids.join(", ")}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** The ids of what runs as a user, from /proc. */
export async function processesOf(user: string): Promise<number[]> {
  const uid = (await run("id", ["-u", user])).stdout.trim();
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
