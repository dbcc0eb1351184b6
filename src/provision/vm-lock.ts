import { once } from "node:events";
import { createInterface } from "node:readline";
import { HypervisorError } from "../errors.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, LongProcess, Shell } from "../transport/shell.js";

// A libvirtd of root's runs QEMU as another user, who must be able to enter the directories above his VM's.
// Lives until its stdin ends, by us or with the connection; the kernel lets go of the lock whichever way it dies.
const SCRIPT = `
if [ "$(id -u)" = 0 ]; then umask 066; else umask 077; fi
mkdir -p -- "$(dirname -- "$1")" || exit 1
exec 9>>"$1" || exit 1
flock -n 9 || { cat -- "$1" >&2; exit 75; }
printf '%s\\n' "$2" >"$1"
echo locked
exec cat >/dev/null`;

const HELD = 75;

const lockCommand = (path: string, owner: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-lock", path, owner],
});

export interface VmLock {
  release(): Promise<void>;
}

/**
 * Makes this run the only one that works on a VM on its hypervisor; the lock goes with the connection.
 * @param owner told to whoever comes second
 * @throws HypervisorError at once when another farm holds it
 */
export async function lockVm(shell: Shell, vm: string, path: string, owner: string): Promise<VmLock> {
  const process = await shell.open(lockCommand(path, owner));
  const line = await Promise.race([firstLine(process), process.ended.then(() => undefined)]);
  if (line === "locked")
    return {
      release: async () => {
        process.close();
        await process.ended;
      },
    };
  process.close();
  const { code, stderr } = await process.ended;
  if (code === HELD)
    throw new HypervisorError(`another farm works on '${vm}' on '${shell.name}': ${plainText(stderr)}`, {
      hint: "wait until it has ended, or give one of the two another metadata.name",
    });
  throw new HypervisorError(
    `cannot lock '${vm}' on '${shell.name}': ${plainText(stderr) || "the process ended"}`,
  );
}

async function firstLine(process: LongProcess): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdout });
  const [line] = (await once(lines, "line")) as [string];
  return line;
}
