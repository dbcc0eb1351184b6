import { z } from "zod";
import { YUM_MANAGER } from "../packages/managers.js";
import { settlePackages } from "../packages/package-manager.js";
import { splitWords } from "../words.js";
import { bool, list, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  name: list().default([]).describe("packages"),
  state: z
    .enum(["present", "installed", "latest", "absent", "removed"])
    .default("present")
    .describe("what shall be of them"),
  update_cache: bool().default(false).describe("refresh the package lists first"),
  upgrade: bool().default(false).describe("upgrade the whole system first"),
  extra_args: text().default("").describe("further options of yum"),
});

/** Packages of older Red Hat systems. */
export const yum: Module<z.infer<typeof Args>> = {
  name: "yum",
  summary: "Installs and removes packages of older Red Hat systems.",
  args: Args,
  aliases: { pkg: "name" },
  async run({ name, state, update_cache, upgrade, extra_args }, context) {
    if (name.length === 0 && !update_cache && !upgrade)
      throw new ModuleFailure("yum needs name, update_cache or upgrade");
    const wanted = {
      names: name,
      state: state === "removed" ? ("absent" as const) : state === "installed" ? ("present" as const) : state,
      updateCache: update_cache,
      upgrade,
      extraArgs: splitWords(extra_args),
    };
    return settlePackages(YUM_MANAGER, wanted, context);
  },
};
