import { randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { ConfigError } from "../errors.js";
import { didYouMean } from "../load/nearest.js";
import type { Call, Filters } from "./filters/call.js";
import { printf } from "./filters/printf.js";
import { pythonRegex } from "./filters/regex.js";
import { difference, now } from "./filters/times.js";
import { LIST_LOOKUPS, type Lookup } from "./lookup-lists.js";
import { method } from "./methods.js";
import { isMapping, pythonText, truthy } from "./python.js";

const MAX_RANDOM = 10_000;

/** A path of the user's is relative to the file that names it. */
const userPath = (call: Call, path: string): string =>
  resolve(call.engine.position ? dirname(call.engine.position.file) : ".", path);

const terms = (call: Call): string[] => call.args.slice(1).flat(2).map(pythonText);

function file(call: Call): string[] {
  return terms(call).map((path) => {
    try {
      const text = readFileSync(userPath(call, path), "utf8");
      const right = truthy(call.kwargs["rstrip"] ?? true) ? text.trimEnd() : text;
      return truthy(call.kwargs["lstrip"] ?? false) ? right.trimStart() : right;
    } catch {
      return call.fail(`cannot read the file '${path}'`);
    }
  });
}

function environment(call: Call): unknown[] {
  return terms(call).map((name) => process.env[name] ?? call.kwargs["default"] ?? "");
}

function dict(call: Call): unknown[] {
  return call.args
    .slice(1)
    .flatMap((term) => Object.entries(call.mapping(term)).map(([key, value]) => ({ key, value })));
}

function firstFound(call: Call): unknown[] {
  const [given] = call.args.slice(1);
  const options = { ...(isMapping(given) ? given : {}), ...call.kwargs };
  const files =
    isMapping(given) || call.args.length < 2 ? [options["files"] ?? []].flat() : call.args.slice(1).flat(2);
  const paths = [options["paths"] ?? []].flat().map(pythonText);
  const candidates = files
    .map(pythonText)
    .flatMap((name) => (paths.length === 0 ? [name] : paths.map((path) => `${path}/${name}`)));
  const found = candidates.map((path) => userPath(call, path)).find((path) => existsSync(path));
  if (found !== undefined) return [found];
  const skip = truthy(options["skip"] ?? false) || options["errors"] === "ignore";
  return skip ? [] : call.fail(`found none of: ${candidates.join(", ")}`);
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

/** The files of a directory whose names match: `*`, `?` and `[...]` in the last part of the path. */
function fileglob(call: Call): string[] {
  return terms(call).flatMap((term) => {
    const path = userPath(call, term);
    const source = basename(path)
      .replace(/[\\^$.+(){}|]/g, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]");
    const name = new RegExp(`^${source.replaceAll("[!", "[^")}$`);
    if (!existsSync(dirname(path))) return [];
    return readdirSync(dirname(path), { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && name.test(entry.name))
      .map((entry) => `${dirname(path)}/${entry.name}`)
      .sort();
  });
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

const LOOKUPS: Readonly<Record<string, Lookup>> = {
  ...LIST_LOOKUPS,
  vars: variables,
  varnames: variableNames,
  fileglob,
  random_choice: randomChoice,
  env: environment,
  file,
  dict,
  first_found: firstFound,
  random_string: randomString,
};

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

function dictOf(call: Call): unknown {
  const [pairs = []] = call.args;
  const start = isMapping(pairs)
    ? pairs
    : Object.fromEntries(call.list(pairs).map((pair) => [...call.list(pair)]) as [string, unknown][]);
  return { ...start, ...call.kwargs };
}

/** The functions that expressions may call. */
export const FUNCTIONS: Filters = {
  lookup,
  query,
  q: query,
  now,
  dict: dictOf,
  __method: method,
  __minus: difference,
  __percent: ({ args: [format, many, operand] }) =>
    printf(pythonText(format), many && Array.isArray(operand) ? operand : [operand]),
};
