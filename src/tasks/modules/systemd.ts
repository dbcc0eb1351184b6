import { z } from "zod";
import { bool, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { reasonOf, settleUnit, systemctl } from "../services/service-manager.js";

const Args = z.strictObject({
  name: text().optional().describe("the unit; without an ending a service"),
  state: z.enum(["started", "stopped", "restarted", "reloaded"]).optional().describe("what it shall do"),
  enabled: bool().optional().describe("whether it starts at boot"),
  masked: bool().optional().describe("whether nobody can start it"),
  daemon_reload: bool().default(false).describe("let systemd read its units anew first"),
  daemon_reexec: bool().default(false).describe("let systemd start itself anew first"),
  scope: z.enum(["system", "user", "global"]).default("system").describe("whose units"),
  no_block: bool().default(false).describe("do not wait for it"),
  force: bool().default(false).describe("replace links that are in the way when it is enabled or masked"),
});

type SystemdArgs = z.infer<typeof Args>;

/** Units of systemd. */
export const systemd: Module<SystemdArgs> = {
  name: "systemd",
  summary: "Starts, stops, enables and masks units of systemd.",
  args: Args,
  differs: ["In a check a unit need not be there yet.", "A service that is reloading counts as running."],
  aliases: {
    service: "name",
    unit: "name",
    "daemon-reexec": "daemon_reexec",
    "daemon-reload": "daemon_reload",
  },
  async run(args, context) {
    const { name, scope, no_block: noBlock, force } = args;
    refuse(args);
    const how = { scope, noBlock, force };
    for (const [wanted, verb] of [
      [args.daemon_reexec, "daemon-reexec"],
      [args.daemon_reload, "daemon-reload"],
    ] as const) {
      if (!wanted) continue;
      const { code, stderr } = await systemctl(how, [verb], context);
      if (code === 127) throw new ModuleFailure("this machine has no systemd: use the service module");
      if (code !== 0) throw new ModuleFailure(`failure ${code} during ${verb}: ${reasonOf(stderr, code)}`);
    }
    if (name === undefined) return { changed: false, name: null, status: {} };
    return settleUnit({ ...args, name }, how, context);
  },
};

/** @throws ModuleFailure for what does not go together */
function refuse(args: SystemdArgs): void {
  const given = (["state", "enabled", "masked"] as const).filter((each) => args[each] !== undefined);
  if (given.length === 0 && !args.daemon_reload && !args.daemon_reexec)
    throw new ModuleFailure(
      "one of the following is required: state, enabled, masked, daemon_reload, daemon_reexec",
    );
  if (given.length > 0 && args.name === undefined)
    throw new ModuleFailure(`missing parameter(s) required by '${given[0]}': name`);
}

/** Its newer name. */
export const systemdService: Module<SystemdArgs> = { ...systemd, name: "systemd_service" };
