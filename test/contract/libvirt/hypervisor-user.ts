import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";

const run = promisify(execFile);

export const isRoot = process.getuid?.() === 0;

export interface HypervisorUser {
  readonly shell: Shell;
  /** A directory that this user's QEMU can read and write in. */
  readonly pool: string;
  /** Ends the daemons that were started for this user and removes all that was made. */
  remove(): Promise<void>;
}

/** The user who runs the tests. As root, libvirt's daemon is the system's, or farm's own that ends by itself. */
export async function ourselves(): Promise<HypervisorUser> {
  const pool = await mkdtemp(join(tmpdir(), "farm-libvirt-"));
  await chmod(pool, 0o755);
  const shell = localShell({ name: "here" });
  return {
    shell,
    pool,
    remove: async () => {
      await shell.close();
      await rm(pool, { recursive: true, force: true });
    },
  };
}

/** An ordinary user made for this test, with a session daemon of its own. Only root can. */
export async function ordinaryUser(): Promise<HypervisorUser> {
  const parent = await mkdtemp(join(tmpdir(), "farm-libvirt-"));
  await chmod(parent, 0o755);
  const home = join(parent, "home");
  const name = `farm-${process.pid}-${Math.floor(Math.random() * 10_000)}`;
  await run("useradd", ["--create-home", "--home-dir", home, "--shell", "/bin/sh", name]);
  const id = (await run("id", ["-u", name])).stdout.trim();
  const as = ["setpriv", `--reuid=${id}`, `--regid=${id}`, "--init-groups"] as const;
  const shell = localShell({ name: "user", home, env: { PATH: process.env["PATH"], USER: name } });
  return {
    shell: {
      ...shell,
      run: (command, options) => shell.run({ ...command, argv: [...as, ...command.argv] }, options),
    },
    pool: home,
    remove: async () => {
      await shell.close();
      for (const daemon of ["libvirtd", "virtqemud", "virtlogd"]) {
        await endDaemon(join(home, ".cache/libvirt", `${daemon}.pid`));
      }
      await run("userdel", ["--remove", name]).catch(() => undefined);
      await rm(parent, { recursive: true, force: true });
    },
  };
}

async function endDaemon(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, "utf8").catch(() => ""));
  if (!Number.isInteger(pid) || pid <= 1) return;
  process.kill(pid, "SIGTERM");
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await new Promise((done) => setTimeout(done, 50));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
