import { z } from "zod";
import { seconds } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { lastLine } from "../remote/status.js";
import { attemptMs, isGone } from "../waiting/gone.js";

const Args = z.strictObject({
  timeout: seconds().default(600).describe("seconds in which the machine must come"),
  delay: seconds().default(0).describe("seconds before the first attempt"),
  sleep: seconds().default(1).describe("seconds between attempts"),
  connect_timeout: seconds()
    .optional()
    .describe("seconds that one attempt may take; all that are left otherwise"),
});

/** Waits until the machine can be logged in to. */
export const waitForConnection: Module<z.infer<typeof Args>> = {
  name: "wait_for_connection",
  summary: "Waits until the machine can be logged in to.",
  args: Args,
  async run({ timeout, delay, sleep, connect_timeout }, context) {
    const { clock, signal } = context;
    if (context.check) return { changed: false, skipped: true };
    const start = clock.now();
    const elapsed = () => Math.floor((clock.now() - start) / 1000);
    await clock.sleep(delay * 1000, signal);
    const end = clock.now() + timeout * 1000;
    for (;;) {
      const reason = await whyNot(end, connect_timeout, context);
      if (reason === undefined) return { changed: false, elapsed: elapsed() };
      if (clock.now() >= end)
        throw new ModuleFailure(`the machine does not answer after ${timeout} s: ${reason}`, {
          elapsed: elapsed(),
        });
      await clock.sleep(Math.min(sleep * 1000, end - clock.now()), signal);
    }
  },
};

/** Logs in and runs a command. @returns why that was in vain */
async function whyNot(
  end: number,
  longest: number | undefined,
  context: ModuleContext,
): Promise<string | undefined> {
  const left = () => Math.max(1_000, end - context.clock.now());
  try {
    await context.connection?.renew(attemptMs(left(), longest));
    const { code, stderr } = await context.ask({ argv: ["true"], timeoutMs: left() });
    return code === 0 ? undefined : lastLine(stderr, code);
  } catch (error) {
    if (isGone(error)) return error.message;
    throw error;
  }
}
