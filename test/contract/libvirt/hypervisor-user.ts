import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { removeUser } from "../../lab/hypervisors.js";

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
      await removeUser({ user: name, home });
      await rm(parent, { recursive: true, force: true });
    },
  };
}
