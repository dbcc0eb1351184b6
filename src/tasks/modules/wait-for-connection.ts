import { z } from "zod";
import { seconds } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  timeout: seconds().default(600).describe("seconds in which the machine must come"),
  delay: seconds().default(0).describe("seconds before the first attempt"),
  sleep: seconds().default(1).describe("accepted"),
  connect_timeout: seconds().default(5).describe("accepted"),
});

/** Waits until the machine can be logged in to. */
export const waitForConnection: Module<z.infer<typeof Args>> = {
  name: "wait_for_connection",
  summary: "Waits until the machine can be logged in to.",
  args: Args,
  async run({ timeout, delay }, context) {
    const start = context.clock.now();
    if (context.check) return { changed: false, elapsed: 0 };
    await context.clock.sleep(delay * 1000, context.signal);
    if (context.connection) await context.connection.renew(timeout * 1000);
    const { code, stderr } = await context.ask({ argv: ["true"], timeoutMs: timeout * 1000 });
    if (code !== 0) throw new ModuleFailure(`the machine does not answer: ${stderr.trim()}`);
    return { changed: false, elapsed: Math.round((context.clock.now() - start) / 1000) };
  },
};
