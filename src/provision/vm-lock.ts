import type { Clock } from "../clock.js";
import { HypervisorError } from "../errors.js";
import { type FileLock, HELD, lockFile } from "../transport/file-lock.js";
import type { Command, Shell } from "../transport/shell.js";

// A libvirtd of root's runs QEMU as another user, who must be able to enter the directories above his VM's.
// Lives until its stdin ends, by us or with the connection; the kernel lets go of the lock whichever way it dies.
// The store's lock is shared until ours is told: whoever removes things there has it alone and tries VMs' locks, and must be over when we
// begin to look for what we need.
const SCRIPT = `
if [ "$(id -u)" = 0 ]; then umask 066; else umask 077; fi
vms=$(dirname -- "$1")
mkdir -p -- "$vms" "\${vms%/*}/points" || exit 1
exec 8>>"\${vms%/*}/points/lock" 9>>"$1" && flock -s 8 || exit 1
flock -n 9 || {
  printf 'held by %s\\n' "$(head -n 1 -- "$1")"
  [ "$3" = wait ] || exit ${HELD}
  flock -u 8
  flock 9 && flock -s 8 || exit 1
}
printf '%s\\n%s\\n' "$2" "$4" >"$1"
exec 8>&-
echo locked
exec cat >/dev/null`;

const lockCommand = (path: string, owner: string, uri: string, waits: boolean): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-lock", path, owner, waits ? "wait" : "leave", uri],
});

interface LockWait {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told once, when another farm has it. */
  readonly onWaiting: (owner: string, deadlineMs: number) => void;
}

/**
 * Makes this run the only one that works on a VM on its hypervisor; the lock goes with the connection.
 * @param owner told to whoever comes second
 * @param uri where its domain is, told to whoever finds its directory
 * @param wait for the farm that has it; without, nobody is waited for
 * @throws HypervisorError when another farm holds it, DeadlineError, InterruptedError
 */
export const lockVm = (
  shell: Shell,
  vm: string,
  path: string,
  owner: string,
  uri: string,
  wait?: LockWait,
): Promise<Pick<FileLock, "release">> =>
  lockFile(shell, lockCommand(path, owner, uri, wait !== undefined), {
    ...(wait && { wait }),
    words: {
      meanwhile: `another farm works on '${vm}'`,
      tooLong: `another farm has worked on '${vm}' on '${shell.name}' for six hours`,
      held: (by) =>
        new HypervisorError(`another farm works on '${vm}' on '${shell.name}': ${by}`, {
          hint: "wait until it has ended; `farm run --instance NAME` runs beside it",
        }),
      failed: (why) => new HypervisorError(`cannot lock '${vm}' on '${shell.name}': ${why}`),
    },
  });
