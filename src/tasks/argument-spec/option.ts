import { z } from "zod";
import { bool } from "../module/arguments.js";

const names = z.array(z.string());
const groups = z.array(names).nullish();

/** What the value of an option may be. */
const TYPES = [
  "str",
  "int",
  "float",
  "bool",
  "list",
  "dict",
  "path",
  "raw",
  "jsonarg",
  "json",
  "bytes",
  "bits",
] as const;
export type ValueType = (typeof TYPES)[number];

/** An option of `argument_specs`; what is only for readers (`description` ...) is let pass. */
export interface Option {
  readonly type?: ValueType | undefined;
  readonly required?: boolean | undefined;
  readonly default?: unknown;
  readonly choices?: readonly unknown[] | null | undefined;
  /** Of a list. */
  readonly elements?: ValueType | undefined;
  readonly aliases?: readonly string[] | undefined;
  /** Of a dict, or of a list of dicts. */
  readonly options?: Options | null | undefined;
  readonly apply_defaults?: boolean | undefined;
  readonly mutually_exclusive?: readonly (readonly string[])[] | null | undefined;
  readonly required_together?: readonly (readonly string[])[] | null | undefined;
  readonly required_one_of?: readonly (readonly string[])[] | null | undefined;
  readonly required_if?: readonly (readonly unknown[])[] | null | undefined;
  readonly required_by?: Readonly<Record<string, string | readonly string[]>> | null | undefined;
}

export type Options = Readonly<Record<string, Option>>;

const OptionSchema: z.ZodType<Option> = z.looseObject({
  type: z.enum(TYPES).optional(),
  required: bool().optional(),
  default: z.unknown().optional(),
  choices: z.array(z.unknown()).nullish(),
  elements: z.enum(TYPES).optional(),
  aliases: names.optional(),
  get options() {
    return z.record(z.string(), OptionSchema).nullish();
  },
  apply_defaults: bool().optional(),
  mutually_exclusive: groups,
  required_together: groups,
  required_one_of: groups,
  required_if: z.array(z.array(z.unknown()).min(3).max(4)).nullish(),
  required_by: z.record(z.string(), z.union([z.string(), names])).nullish(),
});

/** The options of an entry point, by their names. */
export const OptionsSchema = z.record(z.string(), OptionSchema);
