import { z } from "zod";
import { ConfigError, type Position } from "../../errors.js";
import { entryOf, isMapping, type Mapping } from "../../values/mapping.js";
import { nearestKey } from "../../values/near-key.js";
import { positionOf } from "../../values/position.js";
import { Problems } from "../../values/problems.js";
import { parseWith } from "../../values/validate.js";
import { VmDefinition } from "./vm-definition.js";

/** One file below `targets/` or `platforms/`. */
export interface DefinitionFile {
  /** As messages show it. */
  readonly file: string;
  readonly extends?: { readonly name: string; readonly position: Position | undefined };
  readonly vars: Mapping;
  readonly vm: Mapping;
}

const mapping = z.record(z.string(), z.unknown()).nullish();
/** The whole file. */
export const Definition = z.strictObject({
  description: z.string().nullish(),
  extends: z.string().min(1).nullish(),
  vars: mapping,
  vm: mapping,
});

/**
 * A target's or platform's file, from its parsed text.
 * @param what names it in messages, e.g. "platform 'debian_12'"
 * @throws ConfigError(s)
 */
export function parseDefinition(value: unknown, file: string, what: string): DefinitionFile {
  const start = positionOf(value) ?? { file, line: 1, column: 1 };
  if (value === null)
    throw new ConfigError(`${what} is empty`, { position: start, hint: "it needs a key `vm`" });
  if (Array.isArray(value))
    throw new ConfigError(`${what} must be a mapping, got a list`, {
      position: start,
      hint: "a task file of ansible_farm? What its set_fact gives `vm` belongs below a key `vm`, its variables below `vars`: see docs/ansible_farm.md",
    });
  const parsed = parseWith(Definition, value, what);
  if (!isMapping(parsed.vm) && !parsed.extends)
    throw new ConfigError(`${what} has neither 'vm' nor 'extends'`, { position: start });
  // The schema's copies know no positions.
  const section = (key: string): Mapping => {
    const found = entryOf(value, key);
    return isMapping(found) ? found : {};
  };
  refuseTypos(section("vm"), what);
  return {
    file,
    ...(parsed.extends && { extends: { name: parsed.extends, position: positionOf(value, "extends") } }),
    vars: section("vars"),
    vm: section("vm"),
  };
}

const KNOWN = Object.keys(VmDefinition.shape);
const KNOWN_METADATA = Object.keys(VmDefinition.shape.metadata.shape);

/** Unknown keys are the user's own, for a domain template; one that nearly is a known key is a slip. */
function refuseTypos(vm: Mapping, what: string): void {
  const problems = new Problems();
  const check = (mapping: unknown, known: readonly string[], within: string): void => {
    if (!isMapping(mapping)) return;
    for (const key of Object.keys(mapping)) {
      const meant = nearestKey(key, known);
      if (meant !== undefined)
        problems.add(
          new ConfigError(`unknown key '${key}' in '${within}' of ${what}; did you mean '${meant}'?`, {
            position: positionOf(mapping, key),
          }),
        );
    }
  };
  check(vm, KNOWN, "vm");
  check(entryOf(vm, "metadata"), KNOWN_METADATA, "vm.metadata");
  problems.throwIfAny();
}
