import { z } from "zod";
import { bool, seconds, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { settleInitScript } from "../services/init-scripts.js";
import { splitWords } from "../words.js";
import { systemd } from "./systemd.js";

const Args = z.strictObject({
  name: text().optional().describe("the service"),
  state: z.enum(["started", "stopped", "restarted", "reloaded"]).optional().describe("what it shall do"),
  enabled: bool().optional().describe("whether it starts at boot"),
  daemon_reload: bool().optional().describe("systemd only, as the four below: see the systemd module"),
  daemon_reexec: bool().optional().describe("the same"),
  masked: bool().optional().describe("the same"),
  scope: z.enum(["system", "user", "global"]).optional().describe("the same"),
  no_block: bool().optional().describe("the same"),
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

/** What only systemd has. */
const OF_SYSTEMD = ["daemon_reload", "daemon_reexec", "masked", "scope", "no_block"] as const;

/** Services, whatever starts them. */
export const service: Module<z.infer<typeof Args>> = {
  name: "service",
  summary: "Starts, stops and enables services with systemd, OpenRC or System V scripts.",
  args: Args,
  aliases: { args: "arguments" },
  async run({ use, arguments: more, pattern, runlevel, sleep, ...args }, context) {
    const { name, state, enabled } = args;
    const given = OF_SYSTEMD.filter((each) => args[each] !== undefined);
    if (state === undefined && enabled === undefined && given.length === 0)
      throw new ModuleFailure("service needs state or enabled");
    const manager = use === "auto" ? (await context.facts())["service_mgr"] : use;
    if (manager === "systemd") return systemd.run(systemd.args.parse(args) as never, context);
    if (given.length > 0) throw new ModuleFailure(`service takes ${given.join(", ")} with systemd only`);
    if (name === undefined) throw new ModuleFailure("service needs the name of a service");
    const how = { manager: use, words: splitWords(more), pattern, runlevel, sleep };
    return settleInitScript({ name, state, enabled }, how, context);
  },
};
