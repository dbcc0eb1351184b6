import { ENGINE_FILTERS, ENGINE_TESTS, TEST_SIGNS } from "./engine-names.js";
import { FILTERS } from "./filters/index.js";
import { FUNCTIONS, lookupNames } from "./lookups.js";
import type { Vocabulary } from "./rewritten.js";
import { TESTS } from "./tests.js";

/** The names that expressions may use, the engine's own included. */
export const VOCABULARY: Vocabulary = {
  functions: new Set([...Object.keys(FUNCTIONS), "range", "namespace", "cycler", "joiner"]),
  filters: new Set([...Object.keys(FILTERS), ...ENGINE_FILTERS]),
  tests: new Set([...Object.keys(TESTS), ...ENGINE_TESTS, ...TEST_SIGNS]),
  lookups: new Set(lookupNames()),
  own: new Set([...Object.keys(FILTERS), ...Object.keys(TESTS), ...Object.keys(FUNCTIONS), "default", "d"]),
};
