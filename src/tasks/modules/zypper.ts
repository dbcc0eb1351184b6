import { z } from "zod";
import { bool, list, text } from "../module/arguments.js";
import type { Module } from "../module/module.js";
import { settleZypper, ZYPPER_STATES } from "../packages/zypper-settle.js";

const Args = z.strictObject({
  name: list().default([]).describe("packages, with versions or not; files, addresses; `*` is all"),
  state: z.enum(ZYPPER_STATES).default("present").describe("what shall be of them"),
  type: z
    .enum(["package", "patch", "pattern", "product", "srcpackage", "application"])
    .default("package")
    .describe("what the names are of"),
  update_cache: bool().default(false).describe("refresh the package lists first"),
  upgrade: bool().default(false).describe("upgrade the whole system first, as `name: '*', state: latest`"),
  disable_gpg_check: bool().default(false).describe("packages without a signature too"),
  disable_recommends: bool().default(true).describe("without recommended packages"),
  force: bool().default(false).describe("older versions, and others' packages, too"),
  force_resolution: bool().default(false).describe("remove what is in the way"),
  oldpackage: bool().default(false).describe("older versions too; so it is when name has a version"),
  allow_vendor_change: bool().default(false).describe("from others' repositories too"),
  replacefiles: bool().default(false).describe("though files are another package's"),
  clean_deps: bool().default(false).describe("remove what nothing needs any more, too"),
  extra_args: text().default("").describe("further options of the command"),
  extra_args_precommand: text().default("").describe("further options of zypper"),
});

/** Packages of SUSE. */
export const zypper: Module<z.infer<typeof Args>> = {
  name: "zypper",
  summary: "Installs and removes packages of SUSE.",
  args: Args,
  aliases: { pkg: "name", refresh: "update_cache" },
  async run(args, context) {
    const { name, state, update_cache } = args;
    return { ...(await settleZypper(args, context)), name, state, update_cache };
  },
};
