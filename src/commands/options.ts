import { type Command, Option } from "commander";

/** The options that say which farm a command is about. */
export interface FarmOptions {
  readonly inventory: string;
  readonly vars: readonly string[];
  readonly extraVars: readonly string[];
  readonly limit?: string;
  readonly format: "text" | "json";
}

const collect = (value: string, before: readonly string[]) => [...before, value];

/** Adds them to a command; what `command.opts()` returns is then a FarmOptions. */
export const withFarmOptions = (command: Command): Command =>
  command
    .requiredOption("-i, --inventory <file>", "Ansible YAML inventory")
    .option("--vars <file>", "YAML file of variables that win over the inventory's (repeatable)", collect, [])
    .option(
      "-e, --extra-vars <vars>",
      "key=value, a YAML mapping, or @file; wins over all (repeatable)",
      collect,
      [],
    )
    .option(
      "-l, --limit <pattern>",
      "only the VMs that match: names, platforms, targets, groups; globs, ',' '!' '&'",
    );

export const formatOption = (): Option =>
  new Option("--format <format>", "how to print").choices(["text", "json"]).default("text");
