import { z } from "zod";
import { bool, list, text } from "../module/arguments.js";
import type { Module } from "../module/module.js";
import { checkedPlain } from "./by-manager.js";

const Args = z.strictObject({
  name: list().describe("packages, by the names that the machine's package manager has for them"),
  state: z
    .enum(["present", "installed", "latest", "absent", "removed"])
    .default("present")
    .describe("what shall be of them"),
  use: text().default("auto").describe("the package manager; found out by itself"),
  update_cache: bool().default(false).describe("refresh the package lists first"),
});

/** Packages, whatever the system. */
export const packageModule: Module<z.infer<typeof Args>> = {
  name: "package",
  summary: "Installs and removes packages with whatever package manager the machine has.",
  args: Args,
  aliases: { pkg: "name" },
  async run({ use, ...args }, context) {
    const manager = use === "auto" ? (await context.facts())["pkg_mgr"] : use;
    return checkedPlain(String(manager), args, context);
  },
};
