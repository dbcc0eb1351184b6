import { z } from "zod";
import { text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({ data: text().default("pong").describe("what comes back; `crash` fails") });

/** Whether the machine answers. */
export const ping: Module<z.infer<typeof Args>> = {
  name: "ping",
  summary: "Asks the machine for a sign of life.",
  args: Args,
  async run({ data }, context) {
    const { code } = await context.ask({ argv: ["true"], readOnly: true });
    if (code !== 0 || data === "crash") throw new ModuleFailure("boom");
    return { changed: false, ping: data };
  },
};
