import { FILTERS } from "./filters/index.js";
import { FUNCTIONS } from "./lookups.js";
import type { Vocabulary } from "./rewritten.js";
import { TESTS } from "./tests.js";

/** The names that expressions may use, the engine's own functions included. */
export const VOCABULARY: Vocabulary = {
  functions: new Set([...Object.keys(FUNCTIONS), "range", "namespace", "cycler", "joiner"]),
  own: new Set([...Object.keys(FILTERS), ...Object.keys(TESTS), ...Object.keys(FUNCTIONS), "default", "d"]),
};
