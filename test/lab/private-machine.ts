import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localShell } from "../../src/transport/local-shell.js";
import type { Shell } from "../../src/transport/shell.js";
import { busyboxPath, hasBusybox } from "./busybox-path.js";

/** This machine as it is, all of whose files can be changed: nothing of it lasts, and nothing reaches the machine. */
export interface PrivateMachine {
  /** As farm reaches it. */
  readonly shell: Shell;
  /** A directory with a `sh` that runs there: as PATH it leads a program of this machine to the private one. */
  readonly enter: string;
  /** What is put before a command to run it there. */
  readonly inside: readonly [string, ...string[]];
  /** Runs a script of bash there. @returns what it says @throws Error when it fails */
  run(script: string, ...args: string[]): string;
  close(): Promise<void>;
}

/** Whether this user may have one: root, or whom the kernel lets have namespaces. */
export const canBePrivate = (() => {
  try {
    execFileSync("unshare", ["-m", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** An overlay on the whole machine, in memory; the scratch directory is the same inside and out. */
const SETUP = `mkdir "$1/private" && mount -t tmpfs none "$1/private" && cd "$1/private" && mkdir upper work root || exit
mount -t overlay -o "lowerdir=/,upperdir=$1/private/upper,workdir=$1/private/work" overlay root || exit
for each in proc dev sys; do mount --rbind "/$each" "root/$each" || exit; done
mount -t tmpfs none root/run && mount --bind "$1" "root$1" || exit
exec chroot root sh -c 'echo ready; exec cat'`;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Whose tools a module's scripts find there: with busybox, of the machine's programs only those named. */
export const TOOLS = (["the machine's tools", "busybox"] as const).filter(
  (kind) => kind !== "busybox" || hasBusybox,
);

/** busybox, and the programs of Debian that are named: what the user has put before them in PATH is not there. */
function toolsPath(directory: string, programs: readonly string[]): string {
  busyboxPath(directory);
  for (const name of programs) {
    const found = PATH.split(":").find((each) => existsSync(join(each, name)));
    if (found === undefined) continue;
    rmSync(join(directory, name), { force: true });
    symlinkSync(join(found, name), join(directory, name));
  }
  return directory;
}

interface Options {
  readonly tools?: (typeof TOOLS)[number];
  readonly programs?: readonly string[];
}

/** @param scratch an empty directory, for the machine's own things */
export async function startPrivateMachine(
  scratch: string,
  { tools = "the machine's tools", programs = [] }: Options = {},
): Promise<PrivateMachine> {
  const keeper = spawn("unshare", ["-m", "sh", "-c", SETUP, "private", scratch], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [ready] = await Promise.race([
    once(keeper.stdout, "data"),
    once(keeper, "exit").then(() => ["did not start"]),
  ]);
  if (String(ready) !== "ready\n") throw new Error(`no private machine: ${ready}`);
  const there = ["nsenter", "-t", String(keeper.pid), "-m", "-r", "-w", "--"] as const;
  const enter = join(scratch, "enter");
  mkdirSync(enter);
  const path = tools === "busybox" ? toolsPath(join(scratch, "busybox"), programs) : PATH;
  const words = `/usr/bin/env -i "PATH=${path}" HOME=/root LC_ALL=C.UTF-8 "$0" "$@"`;
  const sh = tools === "busybox" ? join(path, "sh") : "/bin/sh";
  writeFileSync(
    join(enter, "sh"),
    `#!/bin/sh\nPATH='${PATH}'\nexec ${there.join(" ")} /bin/sh -c 'cd /root && exec ${words}' '${sh}' "$@"\n`,
  );
  chmodSync(join(enter, "sh"), 0o755);
  const shell = localShell({ name: "private", env: { PATH: enter }, home: scratch });
  return {
    shell,
    enter,
    inside: there,
    run: (text, ...args) =>
      execFileSync(there[0], [...there.slice(1), "/bin/bash", "-euc", text, "run", ...args], {
        encoding: "utf8",
        env: { PATH, HOME: "/root", LC_ALL: "C.UTF-8" },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    async close() {
      await shell.close();
      keeper.stdin.end();
      if (keeper.exitCode === null && keeper.signalCode === null) await once(keeper, "exit");
    },
  };
}
