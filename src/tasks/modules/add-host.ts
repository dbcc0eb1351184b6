import { z } from "zod";
import { list, text } from "../module/arguments.js";
import type { Module } from "../module/module.js";

const Args = z.looseObject({
  name: text().describe("the host's name"),
  groups: list().default([]).describe("groups that it is in"),
});

/** Makes a host known for the rest of the run. */
export const addHost: Module<z.infer<typeof Args>> = {
  name: "add_host",
  summary: "Makes a host known for the rest of the run, for `hostvars`, `groups` and `delegate_to`.",
  args: Args,
  aliases: { host: "name", hostname: "name", group: "groups", groupname: "groups" },
  run: async ({ name, groups, ...vars }, { hosts }) => ({
    changed: !hosts?.knows(name, vars, groups),
    add_host: { host_name: name, groups, host_vars: vars },
  }),
};
