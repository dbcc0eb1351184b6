import { z } from "zod";
import { list, text } from "../module/arguments.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  key: text().describe("the group's name"),
  parents: list().default(["all"]).describe("groups that it is in"),
});

/** Puts the machine into a group. */
export const groupBy: Module<z.infer<typeof Args>> = {
  name: "group_by",
  summary: "Puts the machine into a group, e.g. by a fact.",
  args: Args,
  run: async ({ key, parents }, { hosts }) => {
    const group = key.replaceAll(" ", "-");
    return {
      changed: !hosts?.knows(hosts.own, {}, [group]),
      add_group: group,
      parent_groups: parents.map((each) => each.replaceAll(" ", "-")),
    };
  },
};
