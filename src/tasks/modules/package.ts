import { z } from "zod";
import { bool, list, text } from "../module/arguments.js";
import type { Module } from "../module/module.js";
import { byManager, managersArguments } from "./by-manager.js";

const Args = z.looseObject({
  name: list().optional().describe("packages, by the names that the machine's package manager has for them"),
  state: z
    .enum(["present", "installed", "latest", "absent", "removed"])
    .optional()
    .describe("what shall be of them; present"),
  use: text().default("auto").describe("the package manager; found out by itself"),
  update_cache: bool().optional().describe("refresh the package lists first"),
});

/** Packages, whatever the system. */
export const packageModule: Module<z.infer<typeof Args>> = {
  name: "package",
  summary: "Installs and removes packages with whatever package manager the machine has.",
  args: Args,
  aliases: { pkg: "name" },
  handsOn: managersArguments(),
  differs: [
    "Any argument of apk, apt, dnf, pacman, yum or zypper may be given, and is the manager's: on a machine whose manager has none of that name the task fails.",
  ],
  async run({ use, ...args }, context) {
    const manager = use === "auto" ? (await context.facts())["pkg_mgr"] : use;
    return byManager(String(manager), args, context);
  },
};
