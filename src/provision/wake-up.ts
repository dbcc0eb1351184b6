import { randomBytes } from "node:crypto";
import { becomeCommand } from "../transport/become.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, Shell } from "../transport/shell.js";
import type { PlacedVm, RunContext } from "./model.js";

const ENTROPY_BYTES = 64;

/** What a guest cannot know that was away: what time it is, and that its random numbers have been used before. */
export const wakeUpCommand = (nowMs: number, entropy: Uint8Array): Command => ({
  argv: [
    "sh",
    "-c",
    'cat >/dev/urandom; date -u -s "@$1" >/dev/null',
    "farm-wake-up",
    String(Math.round(nowMs / 1000)),
  ],
  stdin: entropy,
  timeoutMs: 60_000,
});

/** Sets a restored guest's clock and feeds its kernel fresh entropy; what fails is a warning. */
export async function wakeUp({ name, definition }: PlacedVm, guest: Shell, run: RunContext): Promise<void> {
  const { auth } = definition.metadata;
  const command = wakeUpCommand(run.clock.now(), randomBytes(ENTROPY_BYTES));
  const { become_method: method, become_password: password } = auth;
  const become = { method, user: "root", ...(password !== undefined && { password }) };
  const { code, stderr } = await guest.run(auth.user === "root" ? command : becomeCommand(command, become), {
    signal: run.stop,
  });
  if (code !== 0)
    run.emit({
      type: "warning",
      vm: name,
      message: `the guest's clock could not be set after it was restored: ${plainText(stderr)}`,
    });
}
