import { ConfigError, type Position } from "../../errors.js";
import type { VmDefinition } from "./vm-definition.js";

/** The user's files that a definition's callbacks name, looked for where definitions are. */
export interface NamedFiles {
  /** A file's text, decrypted, and how messages name it. @throws ConfigError at `position` when it is not there */
  text(name: string, position: Position | undefined): { readonly file: string; readonly text: string };
  /** A YAML file's values, every expression evaluated for the VM. @throws ConfigError(s) */
  yaml(name: string, definition: VmDefinition, position: Position | undefined): unknown;
  /** The task file of a callback. */
  callback(written: string): CallbackFile | undefined;
  /** For who mistypes one: the names of all task files below `callbacks/`, and the places where this one was looked for. */
  callbacksNear(written: string): { readonly names: readonly string[]; readonly places: readonly string[] };
}

export interface CallbackFile {
  /** Absolute. */
  readonly path: string;
  /** As messages show it. */
  readonly shown: string;
}

/** For who has no files: every name is a mistake. */
export const NO_FILES: NamedFiles = {
  text: (name, position) => missing(name, position),
  yaml: (name, _definition, position) => missing(name, position),
  callback: () => undefined,
  callbacksNear: () => ({ names: [], places: [] }),
};

function missing(name: string, position: Position | undefined): never {
  throw new ConfigError(`there is no file '${name}'`, { position });
}
