import type { z } from "zod";
import type { Module } from "../module/module.js";
import { DNF_DIFFERS, DnfArgs, settleDnf } from "../packages/dnf-settle.js";

/** Packages of Fedora and its relatives. */
export const dnf: Module<z.infer<typeof DnfArgs>> = {
  name: "dnf",
  summary: "Installs and removes packages of Fedora and its relatives.",
  args: DnfArgs,
  refuses: {
    list: "ask with package_facts, or `command: dnf list`",
  },
  aliases: { pkg: "name", "expire-cache": "update_cache" },
  differs: DNF_DIFFERS,
  run: (args, context) => settleDnf("dnf", args, context),
};
