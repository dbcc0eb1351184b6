import type { Scope } from "../../template/scope.js";
import { type Mapping, setEntry } from "../../values/mapping.js";
import { positionOf, setPosition } from "../../values/position.js";

/**
 * The evaluated variables of some names, each under its canonical name and with its position, for a schema.
 * @param names canonical name -> all its spellings, the strongest first
 * @throws ConfigError when one cannot be evaluated
 */
export function pickVariables(
  names: Readonly<Record<string, readonly string[]>>,
  variables: Mapping,
  scope: Scope,
): Mapping {
  const picked = {};
  for (const [canonical, spellings] of Object.entries(names)) {
    const name = spellings.find((spelling) => Object.hasOwn(variables, spelling));
    if (name === undefined) continue;
    const value = scope.get(name);
    if (value === null || typeof value === "symbol") continue;
    setEntry(picked, canonical, value);
    const position = positionOf(variables, name);
    if (position) setPosition(picked, position, canonical);
  }
  return picked;
}
