import { z } from "zod";
import { bool } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";

const Args = z.looseObject({
  cacheable: bool()
    .default(false)
    .describe("also among ansible_facts; facts live as long as the machine's session"),
});

/** Variables of the machine, for all later tasks. */
export const setFact: Module<z.infer<typeof Args>> = {
  name: "set_fact",
  summary: "Sets variables of the machine for all later tasks.",
  args: Args,
  namesAreTemplates: true,
  run: async ({ cacheable, ...facts }) => {
    const wrong = Object.keys(facts).find((name) => !/^[A-Za-z_]\w*$/.test(name));
    if (wrong !== undefined) throw new ModuleFailure(`'${wrong}' cannot be the name of a variable`);
    if (Object.keys(facts).length === 0) throw new ModuleFailure("set_fact needs at least one variable");
    return { changed: false, ansible_facts: facts, ...(cacheable && { _ansible_facts_cacheable: true }) };
  },
};
