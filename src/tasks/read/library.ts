import { readdirSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { z } from "zod";
import { ModuleFailure } from "../module/failure.js";
import type { AnyModule, Module, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";

const known = new Map<string, ReadonlyMap<string, AnyModule>>();

/** The user's own modules in `library` directories, the nearest directory first; a script's name without its ending is the module's. */
export function libraryModules(directories: readonly string[]): ReadonlyMap<string, AnyModule> {
  const all = new Map<string, AnyModule>();
  for (const directory of [...directories].reverse())
    for (const [name, module] of modulesIn(directory)) all.set(name, module);
  return all;
}

function modulesIn(directory: string): ReadonlyMap<string, AnyModule> {
  const modules = known.get(directory) ?? readDirectory(directory);
  known.set(directory, modules);
  return modules;
}

function readDirectory(directory: string): ReadonlyMap<string, AnyModule> {
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map(({ name }) => ({ name: basename(name, extname(name)), path: join(directory, name) }))
      .filter(({ name }) => /^[A-Za-z_]\w*$/.test(name))
      .map(({ name, path }) => [name, userModule(name, path) as unknown as AnyModule]),
  );
}

/** Runs in a directory of its own, which goes with it; first come the bytes of the script, then its arguments. */
const RUN = `
directory=$(mktemp -d "\${TMPDIR:-/tmp}/farm-module.XXXXXX") || exit
trap 'rm -rf -- "$directory"' EXIT
trap 'exit 143' TERM
head -c "$1" >"$directory/module" || exit
chmod 700 "$directory/module"
"$directory/module"
`;

const Args = z.looseObject({});

/** A script of the user's as a module: arguments come to it as JSON on stdin, and it answers with a JSON result on stdout. */
const userModule = (name: string, path: string): Module<z.infer<typeof Args>> => ({
  name,
  summary: `${path}, a module of the project's own`,
  args: Args,
  async run(args, context) {
    const program = await context.controller.read(path);
    const given = { ...args, _ansible_check_mode: context.check, _ansible_diff: context.diff };
    const stdin = Buffer.concat([program, Buffer.from(JSON.stringify(given))]);
    const command = script(name, RUN, [String(program.length)], { stdin });
    // A module of the user's sees to checks by itself: it is told.
    const { code, stdout, stderr } = await (context.check ? context.ask(command) : context.act(command));
    return resultOf(name, code, stdout, stderr);
  },
});

/** What a user's module answered. @throws ModuleFailure when that is no JSON object */
export function resultOf(name: string, rc: number, stdout: string, stderr: string): ModuleResult {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    throw new ModuleFailure(
      `module ${name} did not answer with a JSON object on stdout${rc === 0 ? "" : `, and exited with ${rc}`}`,
      { rc, stdout, stderr },
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ModuleFailure(`module ${name} answered with JSON that is no object`, { rc, stdout, stderr });
  const result = value as Record<string, unknown>;
  const failed = result["failed"] === true || (rc !== 0 && result["failed"] === undefined);
  return { ...result, changed: result["changed"] === true, ...(failed && { failed: true, rc }) };
}
