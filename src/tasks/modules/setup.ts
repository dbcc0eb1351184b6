import { z } from "zod";
import { globPattern } from "../../glob.js";
import { FACTS_D, LOCAL_FACTS, localFacts } from "../facts/local-facts.js";
import { chosenFacts, subsetNames, unknownSubset } from "../facts/subsets.js";
import { int, list, path } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";

const Args = z.strictObject({
  filter: list().default([]).describe("only facts whose names match one of these globs"),
  gather_subset: list()
    .default(["all"])
    .describe("which facts: `network`, `!hardware`, `!all`, `min` and so on, as Ansible groups them"),
  gather_timeout: int().default(10).describe("accepted, without effect: no fact is waited for by itself"),
  fact_path: path().default(FACTS_D).describe("the directory of the machine's own facts, `ansible_local`"),
});

/** Gathers the machine's facts. */
export const setup: Module<z.infer<typeof Args>> = {
  name: "setup",
  summary: "Gathers facts; they are gathered by themselves when a task names one.",
  args: Args,
  differs: [
    "gather_subset chooses what the result holds; another fact is gathered when a task names it.",
    "gather_timeout has no effect: one script gathers all facts within a minute, and asks no network file system for its size, which is what Ansible's limit is for.",
  ],
  async run({ filter, gather_subset, fact_path }, context) {
    const bad = unknownSubset(gather_subset);
    if (bad !== undefined)
      throw new ModuleFailure(
        `Bad subset '${bad}' given: gather_subset takes ${subsetNames().join(", ")}, each with ! to leave it out`,
      );
    const isChosen = chosenFacts(gather_subset);
    const elsewhere = fact_path === FACTS_D ? {} : { local: await localFactsOf(fact_path, context) };
    const facts = Object.entries({ ...(await context.facts()), ...elsewhere })
      .filter(([name]) => isChosen(name))
      .map(([name, value]) => [`ansible_${name}`, value] as const);
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

async function localFactsOf(directory: string, context: ModuleContext) {
  const command = script("local-facts", `facts_d=$1\n${LOCAL_FACTS}`, [directory]);
  const { stdout } = await context.ask({ ...command, readOnly: true });
  return localFacts(stdout.split("\n"));
}

/** Its other name, by which Ansible calls whichever module gathers facts. */
export const gatherFacts: typeof setup = { ...setup, name: "gather_facts" };
