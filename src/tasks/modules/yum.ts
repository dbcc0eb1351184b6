import { z } from "zod";
import type { Module } from "../module/module.js";
import { DNF_DIFFERS, DnfArgs, settleDnf } from "../packages/dnf-settle.js";

const Args = DnfArgs.extend({
  use_backend: z
    .enum(["auto", "yum", "yum4", "dnf", "dnf4"])
    .default("auto")
    .describe("which program does it: yum, or for yum4, dnf4 and dnf dnf; auto is yum"),
});

/** Packages of older Red Hat systems. */
export const yum: Module<z.infer<typeof Args>> = {
  name: "yum",
  summary: "Installs and removes packages of older Red Hat systems.",
  args: Args,
  refuses: {
    list: "ask with package_facts, or `command: yum list`",
  },
  aliases: { pkg: "name", "expire-cache": "update_cache" },
  differs: DNF_DIFFERS,
  run: (args, context) => settleDnf(/dnf|yum4/.test(args.use_backend) ? "dnf" : "yum", args, context),
};
