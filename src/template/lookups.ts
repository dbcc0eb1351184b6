import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { ConfigError } from "../errors.js";
import { globPattern } from "../glob.js";
import { noteEnvironment } from "../inputs.js";
import { didYouMean } from "../values/nearest.js";
import { change } from "./changes.js";
import type { Call, Filters } from "./filters/call.js";
import { dictOf } from "./filters/mappings.js";
import { printf } from "./filters/printf.js";
import { pythonRegex } from "./filters/regex.js";
import { indexOf } from "./filters/sets.js";
import { difference, now } from "./filters/times.js";
import { FILE_LOOKUPS, terms } from "./lookup-files.js";
import { LIST_LOOKUPS, type Lookup } from "./lookup-lists.js";
import { password } from "./lookup-password.js";
import { url } from "./lookup-url.js";
import { method } from "./methods.js";
import { pythonText, truthy } from "./python.js";

const LONGEST_PIPE = 16 * 1024 * 1024;
const MAX_RANDOM = 10_000;

/** What commands of the user's say, run on the machine that farm runs on. */
function pipe(call: Call): string[] {
  return terms(call).map((command) => {
    const { status, stdout, stderr, error } = spawnSync("sh", ["-c", command], {
      encoding: "utf8",
      maxBuffer: LONGEST_PIPE,
      timeout: 600_000,
    });
    if (status === 0 && !error) return stdout.trimEnd();
    return call.fail(`'${command}' failed: ${error?.message ?? `exit status ${status}: ${stderr.trim()}`}`);
  });
}

function lines(call: Call): string[] {
  return pipe(call).flatMap((text) => (text === "" ? [] : text.split("\n")));
}

function environment(call: Call): unknown[] {
  return terms(call).map((name) => {
    noteEnvironment(name);
    return process.env[name] ?? call.kwargs["default"] ?? "";
  });
}

function dict(call: Call): unknown[] {
  return call.args
    .slice(1)
    .flatMap((term) => Object.entries(call.mapping(term)).map(([key, value]) => ({ key, value })));
}

/** A variable whose name is computed. */
function variables(call: Call): unknown[] {
  return terms(call).map((name) => {
    const found = call.engine.variable(name);
    if (found !== undefined) return found.value;
    if (Object.hasOwn(call.kwargs, "default")) return call.kwargs["default"];
    return call.fail(`finds no variable '${name}'${didYouMean(name, call.engine.variableNames())}`);
  });
}

function variableNames(call: Call): string[] {
  const patterns = terms(call).map((pattern) => pythonRegex(call, pattern, ""));
  return [...call.engine.variableNames()].filter((name) => patterns.some((pattern) => pattern.test(name)));
}

function randomChoice(call: Call): unknown[] {
  const list = call.args.slice(1);
  return list.length === 0 ? [] : [list[randomInt(list.length)]];
}

const CHARACTERS: Readonly<Record<string, string>> = {
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  lower: "abcdefghijklmnopqrstuvwxyz",
  numbers: "0123456789",
  special: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};

function randomString(call: Call): string[] {
  const length = Number(call.kwargs["length"] ?? 8);
  if (!(length >= 0 && length <= MAX_RANDOM)) call.fail(`makes no text of ${length} characters`);
  const letters = Object.entries(CHARACTERS)
    .filter(([kind]) => truthy(call.kwargs[kind] ?? true))
    .map(([, characters]) => characters)
    .join("");
  const all = pythonText(call.kwargs["override_all"] ?? letters);
  return [Array.from({ length }, () => all[randomInt(all.length)]).join("")];
}

/** The hosts of the inventory that a pattern such as `web:!old` names. */
function inventoryHostnames(call: Call): string[] {
  const groups = call.mapping(call.engine.variable("groups")?.value ?? {});
  const hosts = [groups["all"] ?? []].flat().map(pythonText);
  const named = (name: string) => {
    const found = Object.entries(groups).flatMap(([group, members]) =>
      globPattern(name).test(group) ? [members].flat().map(pythonText) : [],
    );
    return new Set([...found, ...hosts.filter((host) => globPattern(name).test(host))]);
  };
  return terms(call).flatMap((pattern) => {
    const parts = pattern.split(/[:,]/).filter((part) => part !== "");
    const some = parts.filter((part) => !/^[!&]/.test(part)).map(named);
    const also = parts.filter((part) => part.startsWith("&")).map((part) => named(part.slice(1)));
    const not = parts.filter((part) => part.startsWith("!")).map((part) => named(part.slice(1)));
    return hosts.filter(
      (host) =>
        some.some((set) => set.has(host)) &&
        also.every((set) => set.has(host)) &&
        !not.some((set) => set.has(host)),
    );
  });
}

const LOOKUPS: Readonly<Record<string, Lookup>> = {
  ...LIST_LOOKUPS,
  vars: variables,
  varnames: variableNames,
  ...FILE_LOOKUPS,
  random_choice: randomChoice,
  env: environment,
  dict,
  index_of: (call) => [indexOf(call, call.kwargs["data"] ?? call.args[1], call.args.slice(2))],
  lines,
  pipe,
  inventory_hostnames: inventoryHostnames,
  password,
  random_string: randomString,
  url,
};

/** For loops, of which each look-up is one. */
export const lookupNames = (): readonly string[] => Object.keys(LOOKUPS);

function query(call: Call): readonly unknown[] {
  const name = (call.args.length > 0 ? pythonText(call.args[0]) : "").split(".").at(-1) ?? "";
  const found = Object.hasOwn(LOOKUPS, name) ? LOOKUPS[name] : undefined;
  if (found === undefined)
    return call.fail(`knows no '${name}'; there are: ${Object.keys(LOOKUPS).join(", ")}`);
  try {
    return found(call);
  } catch (error) {
    if (!(error instanceof ConfigError) || call.kwargs["errors"] !== "ignore") throw error;
    return [];
  }
}

/** Ansible's: one result as itself, several joined; `wantlist` gives the list. */
function lookup(call: Call): unknown {
  const results = query(call);
  if (truthy(call.kwargs["wantlist"] ?? false)) return results;
  if (results.length === 1) return results[0];
  return results.every((each) => typeof each === "string") ? results.join(",") : results;
}

/** The functions that expressions may call. */
export const FUNCTIONS: Filters = {
  lookup,
  query,
  q: query,
  now,
  dict: (call) => dictOf(call),
  __method: method,
  __change: change,
  __cell: ({ args, engine }) => engine.cells.make(args[0]),
  __of: ({ args, engine }) => engine.cells.of(args[0]),
  __minus: difference,
  __percent: ({ args: [format, many, operand] }) =>
    printf(pythonText(format), many && Array.isArray(operand) ? operand : [operand]),
};
