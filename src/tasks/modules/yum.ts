import type { z } from "zod";
import type { Module } from "../module/module.js";
import { DNF_DIFFERS, DnfArgs, settleDnf } from "../packages/dnf-settle.js";

/** Packages of older Red Hat systems. */
export const yum: Module<z.infer<typeof DnfArgs>> = {
  name: "yum",
  summary: "Installs and removes packages of older Red Hat systems.",
  args: DnfArgs,
  aliases: { pkg: "name", "expire-cache": "update_cache" },
  differs: DNF_DIFFERS,
  run: (args, context) => settleDnf("yum", args, context),
};
