import type { CommandResult } from "../../transport/shell.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext } from "../module/module.js";

/** Shell text: `farm_locked PROGRAM ROOT` says who holds a lock of dnf's or yum's, and succeeds if somebody does. A lock whose process is gone is none. */
export const IS_LOCKED = `farm_locked() {
  case $1 in dnf | yum) ;; *) return 1 ;; esac
  for lock in "\${2%/}"/var/cache/dnf/*_lock.pid "\${2%/}"/var/lib/dnf/*_lock.pid "\${2%/}"/var/run/yum.pid; do
    holder=
    [ ! -f "$lock" ] || read -r holder <"$lock" || :
    case $holder in "" | *[!0-9]*) continue ;; esac
    [ -d "/proc/$holder" ] || continue
    echo "farm-locked $holder $lock"
    return
  done
  return 1
}`;

const HELD = /^farm-locked (\d+) (.*)$/m;

interface Patience {
  readonly program: string;
  /** Seconds. */
  readonly lockTimeout?: number;
}

/** Asks again each second while the answer is that a lock is held. @throws ModuleFailure when that lasts too long */
export async function waitingForLock(
  { program, lockTimeout = 0 }: Patience,
  { clock, signal }: ModuleContext,
  ask: () => Promise<CommandResult>,
): Promise<CommandResult> {
  const end = clock.now() + lockTimeout * 1000;
  for (;;) {
    const asked = await ask();
    const [, holder, lock] = HELD.exec(asked.stdout) ?? [];
    if (holder === undefined) return asked;
    if (clock.now() >= end)
      throw new ModuleFailure(
        `${program} lockfile is held by another process: ${holder} has ${lock} (lock_timeout: ${lockTimeout})`,
      );
    await clock.sleep(1000, signal);
  }
}
