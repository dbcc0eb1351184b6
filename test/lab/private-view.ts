import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localShell } from "../../src/transport/local-shell.js";
import type { Shell } from "../../src/transport/shell.js";

const PATH = process.env["PATH"] ?? "";

/** A name, mounts, homes and a copy of /etc of its own, without users who come and go: nothing in it reaches the machine. */
const SETUP = `mkdir "$1/private" && mount -t tmpfs none "$1/private" && set -- "$1/private" || exit
for each in /run /home /var/mail /var/log; do [ ! -d "$each" ] || mount -t tmpfs none "$each" || exit; done
# Users come and go meanwhile, and their files' locks with them: cp misses those that it had seen.
cp -a /etc "$1/etc" 2>/dev/null
[ -f "$1/etc/nsswitch.conf" ] && cd "$1/etc" || exit
rm -f localtime timezone hostname adjtime ./*.lock
for each in passwd group; do
  awk -F: '$3 < 1000 || $3 == 65534' "/etc/$each" >"$each"
  from=/etc/shadow to=shadow; [ "$each" = passwd ] || from=/etc/gshadow to=gshadow
  awk -F: 'NR == FNR { known[$1]; next } $1 in known' "$each" "$from" >"$to"
done
cd / && mount --bind "$1/etc" /etc || exit
echo ready
exec cat`;

/** Whether this machine lets us have views of it. */
export const hasPrivateViews = (() => {
  try {
    execFileSync("unshare", ["-m", "-u", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** A private view of this machine. */
export interface PrivateView {
  /** What is put before a command to run it there. */
  readonly enter: readonly [string, ...string[]];
  end(): Promise<void>;
}

/** @param scratch a directory of the test's own */
export async function startView(scratch: string): Promise<PrivateView> {
  const argv = ["-m", "-u", "sh", "-c", SETUP, "private", mkdtempSync(join(scratch, "view-"))];
  const view = spawn("unshare", argv, { stdio: ["pipe", "pipe", "inherit"] });
  const [ready] = (await Promise.race([once(view.stdout, "data"), once(view, "exit")])) as [unknown];
  if (String(ready) !== "ready\n") throw new Error(`a private view ends with ${String(ready)}`);
  return {
    enter: ["nsenter", "-t", String(view.pid), "-m", "-u", "--"],
    end: () => ended(view),
  };
}

async function ended(view: ChildProcess): Promise<void> {
  if (view.exitCode !== null || view.signalCode !== null) return;
  const gone = once(view, "exit");
  view.stdin?.end();
  await gone;
}

/** A shell there. @param path all programs that it has */
export function privateShell({ enter }: PrivateView, scratch: string, path: string): Shell {
  const directory = mkdtempSync(join(scratch, "enter-"));
  const sh = execFileSync("sh", ["-c", "PATH=$1; command -v sh", "find", path], { encoding: "utf8" }).trim();
  const words = `/usr/bin/env -i "PATH=${path}" HOME=/root LC_ALL=C "${sh}" "$@"`;
  writeFileSync(join(directory, "sh"), `#!/bin/sh\nPATH='${PATH}'\nexec ${enter.join(" ")} ${words}\n`);
  chmodSync(join(directory, "sh"), 0o755);
  return localShell({ name: "private", env: { PATH: directory }, home: scratch });
}
