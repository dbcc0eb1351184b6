import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Call, Filters } from "./filters/call.js";
import { braceFormat, printf } from "./filters/printf.js";
import { formatTime } from "./filters/units.js";
import { isMapping, pythonText, truthy } from "./python.js";

const MAX_RANDOM = 10_000;

/** A path of the user's is relative to the file that names it. */
const userPath = (call: Call, path: string): string =>
  resolve(call.engine.position ? dirname(call.engine.position.file) : ".", path);

const terms = (call: Call): string[] => call.args.slice(1).flat(2).map(pythonText);

function file(call: Call): string[] {
  return terms(call).map((path) => {
    try {
      return readFileSync(userPath(call, path), "utf8").replace(/\s+$/, "");
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

const LOOKUPS: Readonly<Record<string, (call: Call) => readonly unknown[]>> = {
  env: environment,
  file,
  dict,
  first_found: firstFound,
  random_string: randomString,
};

function query(call: Call): readonly unknown[] {
  const name = (call.args.length > 0 ? pythonText(call.args[0]) : "").split(".").at(-1) ?? "";
  const found = Object.hasOwn(LOOKUPS, name) ? LOOKUPS[name] : undefined;
  return found ? found(call) : call.fail(`knows no '${name}'; there are: ${Object.keys(LOOKUPS).join(", ")}`);
}

/** Ansible's: one result as itself, several joined; `wantlist` gives the list. */
function lookup(call: Call): unknown {
  const results = query(call);
  if (truthy(call.kwargs["wantlist"] ?? false)) return results;
  if (results.length === 1) return results[0];
  return results.every((each) => typeof each === "string") ? results.join(",") : results;
}

function now(call: Call): string {
  return formatTime(call.text(1, "fmt", "%Y-%m-%d %H:%M:%S.%f"), new Date());
}

function dictOf(call: Call): unknown {
  const [pairs = []] = call.args;
  const start = isMapping(pairs)
    ? pairs
    : Object.fromEntries(call.list(pairs).map((pair) => [...call.list(pair)]) as [string, unknown][]);
  return { ...start, ...call.kwargs };
}

/** Python's methods that the engine lacks: (value, name, arguments...). */
function method(call: Call): unknown {
  const [value, name, ...args] = call.args;
  if (name === "format" && typeof value === "string") return braceFormat(value, args, call.kwargs);
  const mapping = isMapping(value)
    ? value
    : call.fail(`'${pythonText(name)}' asks a value that has no such method`);
  if (name === "get") {
    const key = pythonText(args[0]);
    return Object.hasOwn(mapping, key) ? mapping[key] : (args[1] ?? null);
  }
  if (name === "keys") return Object.keys(mapping);
  if (name === "values") return Object.values(mapping);
  if (name === "items") return Object.entries(mapping);
  if (name === "copy") return mapping;
  return call.fail(`there is no method '${pythonText(name)}'; use a filter such as combine`);
}

/** The functions that expressions may call. */
export const FUNCTIONS: Filters = {
  lookup,
  query,
  q: query,
  now,
  dict: dictOf,
  __method: method,
  __percent: ({ args: [format, many, operand] }) =>
    printf(pythonText(format), many && Array.isArray(operand) ? operand : [operand]),
};
