import { ConfigError, type Position } from "../../errors.js";
import type { Mapping } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { positionOf } from "../../values/position.js";
import { IDLE_KEYWORDS, MISSING_KEYWORDS } from "./keywords.js";

/** @param what e.g. "a play" @throws ConfigError for the first key that it does not have */
export function checkKeywords(
  written: Mapping,
  what: string,
  known: readonly string[],
  position: Position,
): void {
  refuseMissing(written, position);
  for (const key of Object.keys(written))
    if (!known.includes(key) && !IDLE_KEYWORDS.has(key))
      throw new ConfigError(`${what} has no keyword '${key}'${didYouMean(key, known)}`, {
        position: positionOf(written, key) ?? position,
      });
}

/** @throws ConfigError for a keyword of Ansible's that farm does not have */
export function refuseMissing(written: Mapping, position: Position): void {
  const lacking = Object.keys(written).find((key) => MISSING_KEYWORDS.has(key));
  if (lacking === undefined) return;
  throw new ConfigError(`the keyword '${lacking}' is not supported`, {
    position: positionOf(written, lacking) ?? position,
    hint: MISSING_KEYWORDS.get(lacking),
  });
}
