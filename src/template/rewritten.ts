import type { Position } from "../errors.js";

/** Stands in a path for a key that is computed: `hostvars[name].port`. The engine hands their values over in order. */
export const COMPUTED: unique symbol = Symbol("computed");

/** A variable that an expression reads, with its attributes and indexes: `vm.disks[0].src`. */
export interface Path {
  readonly root: string;
  readonly keys: readonly (string | number | typeof COMPUTED)[];
  /** Where it stands in a template's file. */
  readonly position?: Position | undefined;
}

/** A path whose keys are all known. */
export interface KnownPath {
  readonly root: string;
  readonly keys: readonly (string | number)[];
}

/** An expression as the engine is given it: variables became calls, so that only those reached are looked up. */
export interface Rewritten {
  readonly code: string;
  readonly paths: readonly Path[];
  /** Set when the expression is nothing but one path. */
  readonly only: Path | undefined;
  /** Whether it reckons with times, which the engine holds as mappings. */
  readonly timely: boolean;
  /** The keys of the mappings that the expression itself writes out, in their order. */
  readonly mappings: readonly (readonly string[])[];
}

/** What names an expression may use, and which filters and tests take keyword arguments by our convention. */
export interface Vocabulary {
  readonly functions: ReadonlySet<string>;
  readonly filters: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
  readonly lookups: ReadonlySet<string>;
  readonly own: ReadonlySet<string>;
  /** Names that the template binds and changes in place (changes.ts), and whether it is parts of a namespace that change. */
  readonly cells?: ReadonlyMap<string, "value" | "namespace">;
}
