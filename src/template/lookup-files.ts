import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { ConfigError } from "../errors.js";
import { globPattern } from "../glob.js";
import { noteFile } from "../inputs.js";
import type { Call } from "./filters/call.js";
import type { Lookup } from "./lookup-lists.js";
import { csvfile, ini } from "./lookup-tables.js";
import { isMapping, pythonText, truthy } from "./python.js";
import { withKind } from "./search.js";
import { templateVariables } from "./template-variables.js";

/** Directories of a role whose YAML may name files of its others. */
const ROLE_PARTS = ["tasks", "handlers", "vars", "defaults", "meta"];

type Kind = Parameters<typeof withKind>[1];

/** Where a path of the user's may be: where the task looks for files, then beside the file that names it. */
function places(call: Call, path: string, kind: Kind): string[] {
  const directory = call.engine.position ? dirname(call.engine.position.file) : ".";
  const role = ROLE_PARTS.includes(basename(directory)) ? [dirname(directory)] : [];
  const near = [...role, directory].flatMap((base) => [resolve(base, kind), resolve(base)]);
  const bases = [...withKind(call.engine.scope?.files?.directories ?? [], kind), ...near];
  return [...new Set(bases.map((base) => resolve(base, path)))];
}

function userPath(call: Call, path: string, kind: Kind = "files"): string {
  const all = places(call, path, kind);
  return all.find(isThere) ?? all.at(-1) ?? path;
}

function isThere(path: string): boolean {
  noteFile(path);
  return existsSync(path);
}

/** What a lookup was asked for, as texts. */
export const terms = (call: Call): string[] => call.args.slice(1).flat(2).map(pythonText);

function file(call: Call): string[] {
  return terms(call).map((path) => {
    const text = textOf(call, userPath(call, path), `the file '${path}'`);
    const right = truthy(call.kwargs["rstrip"] ?? true) ? text.trimEnd() : text;
    return truthy(call.kwargs["lstrip"] ?? false) ? right.trimStart() : right;
  });
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
  const folder = call.kwargs["_subdir"];
  const kind = folder === "vars" || folder === "templates" ? folder : "files";
  const found = candidates.map((path) => userPath(call, path, kind)).find((path) => existsSync(path));
  if (found !== undefined) return [found];
  const skip = truthy(options["skip"] ?? false) || options["errors"] === "ignore";
  return skip ? [] : call.fail(`found none of: ${candidates.join(", ")}`);
}

/** The files of a directory whose names match: `*`, `?` and `[...]` in the last part of the path. */
function fileglob(call: Call): string[] {
  return terms(call).flatMap((term) => {
    const directories = places(call, dirname(term), "files");
    const directory = directories.find((each) => isThere(each) && matches(each, term).length > 0);
    return directory === undefined ? [] : matches(directory, term);
  });
}

function matches(directory: string, term: string): string[] {
  const name = globPattern(basename(term));
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && name.test(entry.name))
    .map((entry) => `${directory}/${entry.name}`)
    .sort();
}

function template(call: Call): unknown[] {
  const { template_vars, convert_data: _, ...settings } = call.kwargs;
  return terms(call).map((name) => {
    const path = userPath(call, name, "templates");
    const text = textOf(call, path, `the template '${name}'`);
    const more = isMapping(template_vars) ? template_vars : {};
    return call.engine.render({ path, text }, { ...templateVariables(path, name), ...more }, settings);
  });
}

const readNear = (call: Call, path: string): string =>
  textOf(call, userPath(call, path), `the file '${path}'`);

/** @param what it is, for the message */
function textOf(call: Call, path: string, what: string): string {
  try {
    return call.engine.scope?.files?.text(path) ?? readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof ConfigError && existsSync(path)) throw error;
    return call.fail(`cannot read ${what}`);
  }
}

export const FILE_LOOKUPS: Readonly<Record<string, Lookup>> = {
  file,
  csvfile: csvfile(readNear),
  ini: ini(readNear),
  unvault: (call) => terms(call).map((path) => readNear(call, path)),
  fileglob,
  first_found: firstFound,
  template,
};
