import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabHypervisor } from "./hypervisors.js";
import { orderFault } from "./ordered-fault.js";

/** What can die, or fill up, on a hypervisor while virsh does something; farm is killed by who waits for the fault. */
export type Victim = "virsh" | "qemu" | "daemon" | "connection" | "disk" | "farm";

/**
 * Stands before the real virsh: once, at the command that `fault` in the user's home names, something dies in its midst. QEMU stands still
 * until then, so that a save cannot be over before.
 */
const WRAPPER = `#!/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
read -r command victim pool 2>/dev/null <"$HOME/fault" || exec virsh "$@"
case " $* " in *" $command "*) ;; *) exec virsh "$@" ;; esac
# Once: whoever takes the order away has the fault.
rm -- "$HOME/fault" 2>/dev/null || exec virsh "$@"
# Whoever waits for it finds all of it: what is killed next may be this script.
happened() { echo "$@" >"$HOME/fault-is" && mv -- "$HOME/fault-is" "$HOME/fault-done"; }
# The system's daemon starts QEMU as another user, in a lab with processes of its own.
mine() { if [ "$(id -u)" = 0 ]; then pgrep -x "$1"; else pgrep -u "$(id -u)" -x "$1"; fi; }
if [ "$victim" = disk ]; then
  cat /dev/zero 2>/dev/null >"$pool/filler"
  happened full
  exec virsh "$@"
fi
exec 3<&0
[ "$command" != destroy ] || kill -STOP $(mine qemu-system-x86)
# It is over too soon to be met in its midst, so it is met before.
case "$command $victim" in "save-image-dumpxml virsh" | "save-image-dumpxml farm") early=1 ;; *) early= ;; esac
qemu=$(mine qemu-system-x86)
# No program may be started between that and QEMU's standstill: the save would be over.
saves() {
  for memory in "$pool"/farm/points/*.part-*/memory; do [ ! -s "$memory" ] || return 0; done
  return 1
}
if [ "$early" ]; then
  sh -c 'kill -STOP $$; exec virsh "$@"' sh "$@" <&3 &
else
  virsh "$@" <&3 &
fi
virsh=$!
if [ "$command" = snapshot-create ]; then until saves; do :; done; fi
if [ "$command" = restore ] || [ "$command" = start ]; then until qemu=$(mine qemu-system-x86); do :; done; fi
kill -STOP $qemu
if [ "$command" = snapshot-create ]; then
  read -r x x state x </proc/$virsh/stat
  [ "$state" != Z ] || { happened virsh was over before; wait $virsh; exit; }
fi
case $victim in
  virsh) ids=$virsh ;;
  qemu) ids=$qemu ;;
  daemon) ids=$(mine libvirtd) ;;
  connection) ids=$(mine sshd) ;;
  farm) happened $qemu $virsh; wait $virsh; exit ;;
esac
happened $ids
# Whoever loses a connection ends what ran there, this script too: QEMU goes on all the same.
setsid --wait sh -c 'kill -KILL $1; kill -CONT $2' sh "$ids" "$qemu" >/dev/null 2>&1
wait $virsh`;

/** Makes a directory for the PATH of hypervisors' users. */
export async function faultyVirsh(directory: string): Promise<string> {
  const bin = join(directory, "bin");
  await mkdir(bin, { recursive: true, mode: 0o755 });
  await writeFile(join(bin, "virsh"), WRAPPER, { mode: 0o755 });
  return bin;
}

/** Orders one fault at the next virsh command of that name. */
export const arrange = (hypervisor: LabHypervisor, command: string, victim: Victim): Promise<void> =>
  orderFault(hypervisor, command, victim, hypervisor.pool);
