import { z } from "zod";
import type { Scope } from "../../template/scope.js";
import { parseWith } from "../../values/validate.js";
import { complaints } from "../argument-spec/check-values.js";
import { type Options, OptionsSchema } from "../argument-spec/option.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  // What is in an option is checked when it runs: a JSON Schema of all depths would be long.
  argument_spec: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .describe("the options by their names, as in `meta/argument_specs.yml` below `options`"),
  provided_arguments: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("values that win over variables of the options' names"),
  validate_args_context: z.record(z.string(), z.unknown()).default({}).describe("given back in the result"),
});

/** Checks variables against a description of them; farm puts it before the tasks of a role that has one. */
export const validateArgumentSpec: Module<z.infer<typeof Args>> = {
  name: "validate_argument_spec",
  summary: "Checks variables against a description of them, as roles have it in `meta/argument_specs.yml`.",
  args: Args,
  aliases: {},
  run: async ({ argument_spec, provided_arguments, validate_args_context }, { scope }) => {
    const options = parseWith(OptionsSchema, argument_spec, "argument_spec");
    const values = { ...variablesOf(options, scope), ...provided_arguments };
    const argument_errors = complaints(options, values);
    if (argument_errors.length === 0)
      return { changed: false, validate_args_context, msg: "The arg spec validation passed" };
    return {
      changed: false,
      failed: true,
      validate_args_context,
      msg: `Validation of arguments failed:\n${argument_errors.join("\n")}`,
      argument_spec_data: argument_spec,
      argument_errors,
    };
  },
};

const variablesOf = (options: Options, scope: Scope): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(options).flatMap((name) => (scope.has(name) ? [[name, scope.get(name)]] : [])),
  );
