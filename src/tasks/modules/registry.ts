import { assertModule } from "./assert.js";
import { asyncStatus } from "./async-status.js";
import { command } from "./command.js";
import { debug } from "./debug.js";
import { fail } from "./fail.js";
import type { AnyModule } from "./module.js";
import { raw } from "./raw.js";
import { setFact } from "./set-fact.js";
import { shell } from "./shell.js";

const MODULES = [assertModule, asyncStatus, command, debug, fail, raw, setFact, shell];

const byName: ReadonlyMap<string, AnyModule> = new Map(
  (MODULES as readonly unknown[] as readonly AnyModule[])
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((module) => [module.name, module]),
);

/** Collections whose modules go by their short names here. */
const COLLECTION = /^(?:ansible\.(?:builtin|legacy|posix)|community\.(?:general|crypto|libvirt))\./;

/** A module's name without its collection. */
export const shortName = (name: string): string => name.replace(COLLECTION, "");

/** A module by its short or fully qualified name. */
export const findModule = (name: string): AnyModule | undefined => byName.get(shortName(name));

/** By name. */
export const allModules = (): AnyModule[] => [...byName.values()];

/** For "did you mean". */
export const moduleNames = (): string[] => [...byName.keys()];
