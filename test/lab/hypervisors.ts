import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { endProcessesOf } from "./processes.js";
import { startSshd } from "./sshd.js";

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

/** Ends what runs as a user of the lab, and removes him with his home. */
export async function removeUser({ user, home }: Pick<LabHypervisor, "user" | "home">): Promise<void> {
  await endProcessesOf(user);
  // Zombies that nobody has looked after yet would keep it from doing so without --force.
  await run("userdel", ["--force", "--remove", user]).catch((error: Error) => {
    // userdel complains about a mail spool that never was.
    if (!/mail spool/.test(error.message)) throw error;
  });
  await rm(home, { recursive: true, force: true });
}
