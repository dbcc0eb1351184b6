import { z } from "zod";
import { bool, seconds, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  seconds: seconds().optional().describe("how long"),
  minutes: seconds().optional().describe("how long"),
  prompt: text().optional().describe("accepted: nobody is asked"),
  echo: bool().default(true).describe("accepted: nobody is asked"),
});

/** Waits. */
export const pause: Module<z.infer<typeof Args>> = {
  name: "pause",
  summary: "Waits for a while.",
  args: Args,
  differs: ["Nobody is asked: without seconds or minutes it fails."],
  async run({ seconds: short, minutes, echo }, context) {
    if (short === undefined && minutes === undefined)
      throw new ModuleFailure("pause needs seconds or minutes: farm asks nobody");
    if (short !== undefined && minutes !== undefined)
      throw new ModuleFailure("parameters are mutually exclusive: minutes|seconds");
    const { clock, signal, check } = context;
    const start = clock.now();
    if (!check) await clock.sleep((short ?? (minutes ?? 0) * 60) * 1000, signal);
    const stop = clock.now();
    const [unit, length] = minutes === undefined ? ["seconds", 1_000] : ["minutes", 60_000];
    return {
      changed: false,
      start: moment(start),
      stop: moment(stop),
      delta: Math.floor((stop - start) / 1000),
      stdout: `Paused for ${pythonFloat(Math.round(((stop - start) / length) * 100) / 100)} ${unit}`,
      stderr: "",
      rc: 0,
      echo,
      user_input: "",
    };
  },
};

const pythonFloat = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

/** Python's text of a time. */
const moment = (time: number): string => `${new Date(time).toISOString().slice(0, -1).replace("T", " ")}000`;
