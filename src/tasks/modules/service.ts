import { z } from "zod";
import { settleInitScript } from "../services/init-scripts.js";
import { settleUnit } from "../services/service-manager.js";
import { bool, seconds, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  name: text().describe("the service"),
  state: z.enum(["started", "stopped", "restarted", "reloaded"]).optional().describe("what it shall do"),
  enabled: bool().optional().describe("whether it starts at boot"),
  use: text().default("auto").describe("accepted: what the machine has is used"),
  arguments: text().default("").describe("accepted"),
  pattern: text().optional().describe("accepted"),
  runlevel: text().default("default").describe("accepted: OpenRC's default"),
  sleep: seconds().optional().describe("accepted"),
});

const SYSTEM = { scope: "system", noBlock: false, force: false } as const;

/** Services, whatever starts them. */
export const service: Module<z.infer<typeof Args>> = {
  name: "service",
  summary: "Starts, stops and enables services with systemd, OpenRC or System V scripts.",
  args: Args,
  aliases: { args: "arguments" },
  async run({ name, state, enabled }, context) {
    if (state === undefined && enabled === undefined)
      throw new ModuleFailure("service needs state or enabled");
    const wanted = { name, state, enabled };
    const manager = (await context.facts())["service_mgr"];
    if (manager === "systemd") return settleUnit(wanted, SYSTEM, context);
    return settleInitScript(wanted, context);
  },
};
