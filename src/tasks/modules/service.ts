import { z } from "zod";
import { bool, seconds, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { settleInitScript } from "../services/init-scripts.js";
import { settleUnit } from "../services/service-manager.js";
import { splitWords } from "../words.js";

const Args = z.strictObject({
  name: text().describe("the service"),
  state: z.enum(["started", "stopped", "restarted", "reloaded"]).optional().describe("what it shall do"),
  enabled: bool().optional().describe("whether it starts at boot"),
  use: z
    .enum(["auto", "systemd", "openrc", "sysvinit", "service"])
    .default("auto")
    .describe("what starts services; found out by itself. All but systemd: scripts of /etc/init.d"),
  arguments: text().default("").describe("further arguments of the script; systemd has none, here and below"),
  pattern: text()
    .optional()
    .describe("the service runs when ps shows this text, for a script that does not know `status`"),
  runlevel: text().default("default").describe("OpenRC's runlevel in which it is enabled"),
  sleep: seconds().optional().describe("seconds between stop and start of a restart"),
});

const SYSTEM = { scope: "system", noBlock: false, force: false } as const;

/** Services, whatever starts them. */
export const service: Module<z.infer<typeof Args>> = {
  name: "service",
  summary: "Starts, stops and enables services with systemd, OpenRC or System V scripts.",
  args: Args,
  aliases: { args: "arguments" },
  async run({ name, state, enabled, use, ...how }, context) {
    if (state === undefined && enabled === undefined)
      throw new ModuleFailure("service needs state or enabled");
    const wanted = { name, state, enabled };
    const manager = use === "auto" ? (await context.facts())["service_mgr"] : use;
    if (manager === "systemd") return settleUnit(wanted, SYSTEM, context);
    return settleInitScript(wanted, { ...how, manager: use, words: splitWords(how.arguments) }, context);
  },
};
