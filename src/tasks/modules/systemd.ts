import { z } from "zod";
import { lastLine } from "../remote/status.js";
import { settleUnit } from "../services/service-manager.js";
import { bool, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  name: text().optional().describe("the unit; without an ending a service"),
  state: z.enum(["started", "stopped", "restarted", "reloaded"]).optional().describe("what it shall do"),
  enabled: bool().optional().describe("whether it starts at boot"),
  masked: bool().optional().describe("whether nobody can start it"),
  daemon_reload: bool().default(false).describe("let systemd read its units anew first"),
  daemon_reexec: bool().default(false).describe("let systemd start itself anew first"),
  scope: z.enum(["system", "user", "global"]).default("system").describe("whose units"),
  no_block: bool().default(false).describe("do not wait for it"),
  force: bool().default(false).describe("accepted"),
});

/** Units of systemd. */
export const systemd: Module<z.infer<typeof Args>> = {
  name: "systemd",
  summary: "Starts, stops, enables and masks units of systemd.",
  args: Args,
  aliases: {
    service: "name",
    unit: "name",
    daemon_reexec: "daemon_reexec",
    "daemon-reload": "daemon_reload",
  },
  async run(args, context) {
    const { name, scope } = args;
    for (const [wanted, verb] of [
      [args.daemon_reexec, "daemon-reexec"],
      [args.daemon_reload, "daemon-reload"],
    ] as const) {
      if (!wanted) continue;
      const { code, stderr } = await context.act({ argv: ["systemctl", `--${scope}`, verb] });
      if (code !== 0) throw new ModuleFailure(`failure ${code} during ${verb}: ${lastLine(stderr, code)}`);
    }
    if (name === undefined) return { changed: false, status: {} };
    return settleUnit({ ...args, name, noBlock: args.no_block }, context);
  },
};

/** Its newer name. */
export const systemdService: Module<z.infer<typeof Args>> = { ...systemd, name: "systemd_service" };
