import { escapeXml } from "../escape-xml.js";
import { subelementsFilter } from "../lookup-lists.js";
import { isMapping, pythonText, truthy } from "../python.js";
import { UNDEFINED_MARK } from "../values.js";
import type { Filters } from "./call.js";
import { COMMENT_FILTERS } from "./comment.js";
import { DURATION_FILTERS } from "./durations.js";
import { ENCODING_FILTERS } from "./encoding.js";
import { fileglob } from "./file-glob.js";
import { KEY_FILTERS } from "./keys.js";
import { LAYOUT_FILTERS } from "./layout.js";
import { MAPPING_FILTERS } from "./mappings.js";
import { MATH_FILTERS } from "./math.js";
import { PATH_FILTERS } from "./paths.js";
import { QUERY_FILTERS } from "./queries.js";
import { RANDOM_FILTERS } from "./random.js";
import { REGEX_FILTERS } from "./regex.js";
import { SEQUENCE_FILTERS } from "./sequences.js";
import { SET_FILTERS } from "./sets.js";
import { TABLE_FILTERS } from "./tables.js";
import { TEXT_FILTERS } from "./text.js";
import { TIME_FILTERS } from "./times.js";
import { UNIT_FILTERS } from "./units.js";
import { VAULT_FILTERS } from "./vaults.js";

/** Ansible's filters, and those of the engine's that differ from Python's; the rest are the engine's own. */
export const FILTERS: Filters = {
  ...TEXT_FILTERS,
  ...SEQUENCE_FILTERS,
  ...SET_FILTERS,
  ...MAPPING_FILTERS,
  ...REGEX_FILTERS,
  ...PATH_FILTERS,
  ...ENCODING_FILTERS,
  ...RANDOM_FILTERS,
  ...UNIT_FILTERS,
  ...COMMENT_FILTERS,
  ...LAYOUT_FILTERS,
  ...MATH_FILTERS,
  ...TIME_FILTERS,
  ...QUERY_FILTERS,
  ...TABLE_FILTERS,
  ...KEY_FILTERS,
  ...DURATION_FILTERS,
  ...VAULT_FILTERS,
  fileglob,
  subelements: subelementsFilter,
  // `default`; an undefined value arrives as a mark.
  __default: (call) => {
    const missing =
      call.value === UNDEFINED_MARK || (truthy(call.arg(1, "boolean", false)) && !truthy(call.value));
    return missing ? call.arg(0, "default_value", "") : call.value;
  },
  // A value that has to be there; an undefined one arrives as a mark, which is refused before this is called.
  __need: ({ value }) => value,
  // What `{% for %}` goes through.
  __each: (call) => (isMapping(call.value) ? Object.keys(call.value) : call.value),
  // What the results of `{{ }}` in a template with statements pass through.
  __text: ({ value, args, engine }) => {
    engine.show(value);
    const text = value === null ? "" : pythonText(value);
    return args[2] === true ? escapeXml(text) : text;
  },
};
