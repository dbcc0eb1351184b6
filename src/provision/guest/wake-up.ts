import { randomBytes } from "node:crypto";
import { becomeCommand } from "../../transport/become.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";
import { reseedProgram } from "./reseed-program.js";

const ENTROPY_BYTES = 64;

// The program comes as octal escapes, and runs where programs may. The login's connection is gone: asked by TERM, its server would still tell
// PAM and logind, 0.15 s of an emulated guest. It may have ended by itself.
const SCRIPT = `
[ -z "$3" ] || kill -KILL "$3" 2>/dev/null
cat >/dev/urandom && date -u -s "@$1" >/dev/null || exit
[ -n "$2" ] && [ -e /proc/sys/kernel/random/uuid ] || exit 0
umask 077
set -C
for directory in /run /tmp /var/tmp "$HOME"; do
  program=$directory/farm-reseed.$$
  { printf %b "$2" >"$program"; } 2>/dev/null || continue
  chmod 0700 "$program"
  said=$("$program" </dev/urandom 2>&1)
  code=$?
  rm -f -- "$program"
  [ $code != 0 ] || exit 0
done
echo "its kernel does not draw new random numbers: exit status $code \${said-}" >&2
exit 1`;

/**
 * What a guest cannot know that was away: what time it is, and that its random numbers have been used before. It comes before the first task, and each
 * process costs an emulated guest 20 ms: it starts no more of them than it must.
 * @param login a process of the guest that is to end
 */
export const wakeUpCommand = (nowMs: number, entropy: Uint8Array, arch: string, login?: number): Command => ({
  argv: [
    "sh",
    "-c",
    SCRIPT,
    "farm-wake-up",
    seconds(nowMs),
    octal(reseedProgram(arch)),
    login === undefined ? "" : String(login),
  ],
  stdin: entropy,
  timeoutMs: 60_000,
});

const seconds = (ms: number): string => String(Math.round(ms / 1000));

const octal = (bytes: Uint8Array = new Uint8Array()): string =>
  [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, "0")}`).join("");

/** Sets a restored guest's clock, feeds its kernel fresh entropy and ends the login of before; what fails is a warning. */
export async function wakeUp(vm: PlacedVm, guest: Shell, run: RunContext, login?: number): Promise<void> {
  const begin = run.clock.now();
  const command = wakeUpCommand(begin, randomBytes(ENTROPY_BYTES), vm.definition.arch, login);
  const { code, stderr } = await guest.run(asRoot(command, vm), { signal: run.stop });
  const what = "the guest got no new time or random numbers after it was restored";
  if (code !== 0) warn(`${what}: ${plainText(stderr)}`, vm, run);
  else if (run.clock.now() - begin > SOON_MS) await setClock(vm, guest, run);
}

/** A guest's clock is behind by as much as it took to tell it the time: when that was long, it is told again. */
const SOON_MS = 1_000;
const TELLINGS = 3;

/** Sets the clock of a guest that has lost time; when that fails it is a warning. */
export async function setClock(vm: PlacedVm, guest: Shell, run: RunContext): Promise<void> {
  for (let telling = 1; telling <= TELLINGS; telling++) {
    const begin = run.clock.now();
    const argv = ["date", "-u", "-s", `@${seconds(begin)}`] as const;
    const { code, stderr } = await guest.run(asRoot({ argv, timeoutMs: 60_000 }, vm), { signal: run.stop });
    if (code !== 0) return warn(`the guest's clock could not be set: ${plainText(stderr)}`, vm, run);
    if (run.clock.now() - begin <= SOON_MS) return;
  }
}

const warn = (message: string, { name }: PlacedVm, { emit }: RunContext): void =>
  emit({ type: "warning", vm: name, message });

/** A command as root of a guest, however farm is logged in there. */
export function asRoot(command: Command, { definition }: PlacedVm): Command {
  const { user, become_method: method, become_password: password } = definition.metadata.auth;
  if (user === "root") return command;
  return becomeCommand(command, { method, user: "root", ...(password !== undefined && { password }) });
}

// Every shell of ours is a descendant of the server's process for our connection.
const LOGIN = `
sync
process=$PPID
while [ "$process" -gt 1 ] && read -r stat 2>/dev/null </proc/"$process"/stat; do
  case $stat in *'(sshd)'* | *'(sshd-session)'* | *'(dropbear)'*) echo "$process"; exit 0 ;; esac
  set -- \${stat##*) }
  process=$2
done
exit 0`;

/** Syncs a guest's disks. @returns the id of the process there that farm is logged in by, if it can be found */
export async function loginProcess(guest: Shell, run: RunContext): Promise<number | undefined> {
  const command: Command = { argv: ["sh", "-c", LOGIN, "farm-login"], timeoutMs: 300_000 };
  return parseProcess((await guest.run(command, { signal: run.stop })).stdout);
}

/** Undefined for anything but the number of one process that may be ended. */
export function parseProcess(stdout: string): number | undefined {
  const number = /^\d{1,7}\n?$/.test(stdout) ? Number(stdout) : 0;
  return number > 1 ? number : undefined;
}
