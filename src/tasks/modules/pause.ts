import { z } from "zod";
import { bool, seconds, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  seconds: seconds().optional().describe("how long"),
  minutes: seconds().optional().describe("how long"),
  prompt: text().optional().describe("said while it waits; nobody is asked"),
  echo: bool().default(true).describe("accepted"),
});

/** Waits. */
export const pause: Module<z.infer<typeof Args>> = {
  name: "pause",
  summary: "Waits for a while.",
  args: Args,
  differs: ["Nobody is asked: without seconds or minutes it fails."],
  async run({ seconds: short, minutes }, context) {
    if (short === undefined && minutes === undefined)
      throw new ModuleFailure("pause needs seconds or minutes: farm asks nobody");
    const ms = ((short ?? 0) + (minutes ?? 0) * 60) * 1000;
    const start = context.clock.now();
    if (!context.check) await context.clock.sleep(ms, context.signal);
    return {
      changed: false,
      delta: Math.round((context.clock.now() - start) / 1000),
      stdout: `Paused for ${minutes ?? short} ${minutes === undefined ? "seconds" : "minutes"}`,
      stderr: "",
      rc: 0,
    };
  },
};
