import { randomBytes } from "node:crypto";
import { becomeCommand } from "../transport/become.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, Shell } from "../transport/shell.js";
import type { PlacedVm, RunContext } from "./model.js";
import { reseedProgram } from "./reseed-program.js";

const ENTROPY_BYTES = 64;

// The program comes as octal escapes, and runs where programs may.
const SCRIPT = `
cat >/dev/urandom && date -u -s "@$1" >/dev/null || exit
[ -n "$2" ] && [ "$(uname -s)" = Linux ] || exit 0
umask 077
for directory in /run /tmp /var/tmp "$HOME"; do
  program=$directory/farm-reseed.$$
  (set -C && printf %b "$2" >"$program") 2>/dev/null || continue
  chmod 0700 "$program"
  said=$("$program" </dev/urandom 2>&1)
  code=$?
  rm -f -- "$program"
  [ $code != 0 ] || exit 0
done
echo "its kernel does not draw new random numbers: exit status $code \${said-}" >&2
exit 1`;

/** What a guest cannot know that was away: what time it is, and that its random numbers have been used before. */
export const wakeUpCommand = (nowMs: number, entropy: Uint8Array, arch: string): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-wake-up", String(Math.round(nowMs / 1000)), octal(reseedProgram(arch))],
  stdin: entropy,
  timeoutMs: 60_000,
});

const octal = (bytes: Uint8Array = new Uint8Array()): string =>
  [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, "0")}`).join("");

/** Sets a restored guest's clock and feeds its kernel fresh entropy; what fails is a warning. */
export async function wakeUp({ name, definition }: PlacedVm, guest: Shell, run: RunContext): Promise<void> {
  const { auth } = definition.metadata;
  const command = wakeUpCommand(run.clock.now(), randomBytes(ENTROPY_BYTES), definition.arch);
  const { become_method: method, become_password: password } = auth;
  const become = { method, user: "root", ...(password !== undefined && { password }) };
  const { code, stderr } = await guest.run(auth.user === "root" ? command : becomeCommand(command, become), {
    signal: run.stop,
  });
  if (code !== 0)
    run.emit({
      type: "warning",
      vm: name,
      message: `the guest got no new time or random numbers after it was restored: ${plainText(stderr)}`,
    });
}
