import { type Command, InvalidArgumentError, Option } from "commander";
import type { VaultSources } from "../load/command-line/vault-passwords.js";
import { isInstanceName } from "../naming.js";
import type { TagChoice } from "../tasks/run/run.js";
import type { TimeLimit } from "../time-limit.js";
import { DURATION_FORM, parseDuration } from "../values/age.js";

/** The options that give variables, and passwords of encrypted ones. */
export interface VariableOptions extends VaultSources {
  readonly vars: readonly string[];
  readonly extraVars: readonly string[];
}

/** The options that say which farm a command is about. */
export interface FarmOptions extends VariableOptions {
  readonly inventory: string;
  readonly limit?: string;
  readonly format: "text" | "json";
}

/** For options that count. */
export function wholeNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a whole number, e.g. 2");
}

/** `--timeout`; 0 is no limit. */
export const timeoutOption = (description: string): Option =>
  new Option("--timeout <time>", `${description}: 90m, 2h, or seconds`).argParser((text): TimeLimit => {
    const ms = parseDuration(text);
    if (ms === undefined) throw new InvalidArgumentError(DURATION_FORM);
    return { ms, from: "--timeout" };
  });

const collect = (value: string, before: readonly string[]) => [...before, value];

const INVENTORY = "-i, --inventory <file>";

/** Adds the inventory, which has to be given. Unlike commander's own, it is not missed where its name is misspelt: that is told instead. */
export const withInventory = (command: Command): Command =>
  command.option(INVENTORY, "Ansible YAML inventory").hook("preAction", (_, acting) => {
    if (acting.opts()["inventory"] === undefined)
      acting.error(`error: required option '${INVENTORY}' not specified`);
  });

/** Adds them to a command; what `command.opts()` returns is then a FarmOptions. */
export const withFarmOptions = (command: Command): Command =>
  withVariableOptions(withInventory(command)).option(
    "-l, --limit <pattern>",
    "only the VMs that match: names, platforms, targets, groups; globs, ',' '!' '&'",
  );

/** Adds them to a command; what `command.opts()` returns is then a VariableOptions. */
export const withVariableOptions = (command: Command): Command =>
  command
    .option("--vars <file>", "YAML file of variables that win over the inventory's (repeatable)", collect, [])
    .option(
      "-e, --extra-vars <vars>",
      "key=value, a YAML mapping, or @file; wins over all (repeatable)",
      collect,
      [],
    )
    .option(
      "--vault-password-file <file>",
      "file that holds an ansible-vault password, or script that prints it (repeatable)",
      collect,
      [],
    )
    .option("--vault-id <source>", "[LABEL@]FILE, [LABEL@]SCRIPT or [LABEL@]prompt (repeatable)", collect, [])
    .option("--ask-vault-pass", "ask for an ansible-vault password on the terminal");

export const formatOption = (): Option =>
  new Option("--format <format>", "how to print").choices(["text", "json"]).default("text");

/** The options about restore points. */
export interface FreshOptions {
  readonly fresh?: boolean;
  readonly freshInit?: boolean;
}

/** Adds them to a command; what `command.opts()` returns is then a FreshOptions. */
export const withFreshOptions = (command: Command): Command =>
  command
    .option("--fresh", "use no restore points: begin with the images")
    .option("--fresh-init", "use no restore points but clean guests: run dependencies and init again");

/** Which restore points are passed over. */
export const passedOver = ({ fresh, freshInit }: FreshOptions): "all" | "init" | "none" =>
  fresh ? "all" : freshInit ? "init" : "none";

/** The option that runs the same VMs beside each other. */
export interface InstanceOption {
  readonly instance?: string;
}

/** Adds it to a command; what `command.opts()` returns is then an InstanceOption. */
export const withInstanceOption = (command: Command): Command =>
  command.option(
    "--instance <name>",
    "VMs of their own beside those of other runs, from the same restore points",
    instanceName,
  );

function instanceName(text: string): string {
  if (isInstanceName(text)) return text;
  throw new InvalidArgumentError("up to 30 letters, digits, '-' and '_', with a letter or a digit first");
}

/** The options that choose some of a farm's VMs, besides --limit. */
export interface ChoiceOptions {
  readonly shard?: string;
  readonly rerunFailed?: boolean;
}

/** Adds them to a command; what `command.opts()` returns is then a ChoiceOptions. */
export const withChoiceOptions = (command: Command): Command =>
  command
    .option("--shard <n/m>", "only the n-th of m equal parts of the VMs: for machines that share the work")
    .option("--rerun-failed", "only the VMs that did not pass in the project's last run");

/** The options that choose tasks. */
export interface TagOptions {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
}

const words = (value: string, before: readonly string[]) => [
  ...before,
  ...value
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== ""),
];

/** Adds them to a command; what `command.opts()` returns is then a TagOptions. */
export const withTagOptions = (command: Command): Command =>
  command
    .option("-t, --tags <tags>", "only tasks with one of these tags, or `always` (repeatable)", words, [])
    .option("--skip-tags <tags>", "no tasks with one of these tags (repeatable)", words, []);

export const tagChoice = ({ tags, skipTags }: TagOptions): TagChoice => ({ only: tags, skip: skipTags });
