import type { Definition } from "../load/definitions/definitions.js";
import type { Mapping } from "../values/mapping.js";
import { UnknownListError } from "./list-edit.js";
import { merge } from "./merge.js";

/** The `vm` of each file merged over what came before. @throws ConfigError(s) for list edits that do not fit */
export const foldDefinitions = (base: Mapping, files: Definition): Mapping =>
  files.reduce((merged, { vm }) => merge(merged, vm), base);

/**
 * The same for files whose expressions are not evaluated yet: edits of a list that an expression makes are left for later.
 * @throws ConfigError(s)
 */
export const foldWritten = (files: Definition): Mapping =>
  files.reduce((merged: Mapping, { vm }) => {
    try {
      return merge(merged, vm);
    } catch (error) {
      if (error instanceof UnknownListError) return merged;
      throw error;
    }
  }, {});
