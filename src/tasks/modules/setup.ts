import { z } from "zod";
import { globPattern } from "../../glob.js";
import { int, list } from "../module/arguments.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  filter: list().default([]).describe("only facts whose names match one of these globs"),
  gather_subset: list().default(["all"]).describe("accepted: all are gathered at once"),
  gather_timeout: int().default(10).describe("accepted"),
  fact_path: z.string().default("").describe("accepted: facts of the machine's own are not read"),
});

/** Gathers the machine's facts. */
export const setup: Module<z.infer<typeof Args>> = {
  name: "setup",
  summary: "Gathers facts; they are gathered by themselves when a task names one.",
  args: Args,
  differs: [
    "gather_subset chooses nothing: one script gathers all that there is.",
    "Local facts (fact_path) are not read.",
  ],
  async run({ filter }, context) {
    const facts = Object.entries(await context.facts()).map(
      ([name, value]) => [`ansible_${name}`, value] as const,
    );
    const patterns = filter.filter((each) => each !== "*" && each !== "").map(globPattern);
    const wanted = facts.filter(
      ([name]) =>
        patterns.length === 0 ||
        // With or without `ansible_`.
        patterns.some((each) => each.test(name) || each.test(name.replace(/^ansible_/, ""))),
    );
    return { changed: false, ansible_facts: Object.fromEntries(wanted) };
  },
};
