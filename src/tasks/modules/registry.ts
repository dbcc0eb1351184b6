import { assertModule } from "./assert.js";
import { fail } from "./fail.js";
import { setFact } from "./set-fact.js";
import { asyncStatus } from "./async-status.js";
import { command } from "./command.js";
import { debug } from "./debug.js";
import type { AnyModule } from "./module.js";
import { raw } from "./raw.js";
import { shell } from "./shell.js";

const modules = [asyncStatus, assertModule, fail, setFact, command, debug, raw, shell] as readonly unknown[] as readonly AnyModule[];

const byName: ReadonlyMap<string, AnyModule> = new Map(modules.map((module) => [module.name, module]));

/** Collections whose modules go by their short names here. */
const COLLECTION = /^(?:ansible\.(?:builtin|legacy|posix)|community\.(?:general|crypto|libvirt))\./;

/** A module by its short or fully qualified name. */
export const findModule = (name: string): AnyModule | undefined => byName.get(name.replace(COLLECTION, ""));

/** For "did you mean". */
export const moduleNames = (): string[] => [...byName.keys()];
