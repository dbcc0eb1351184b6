import { z } from "zod";
import { ConfigError } from "../../errors.js";
import { evaluate } from "../../template/evaluate.js";
import type { Scope } from "../../template/scope.js";
import { Template } from "../../values/template.js";
import { int } from "../module/arguments.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  msg: z.unknown().optional().describe("what is said"),
  var: z.string().optional().describe("an expression without {{ }} whose value is shown"),
  verbosity: int().default(0).describe("more than 0: it is skipped, as with Ansible without -v"),
});

/** Shows a message or a variable; nothing runs in the guest. */
export const debug: Module<z.infer<typeof Args>> = {
  name: "debug",
  summary: "Shows a message or a variable.",
  args: Args,
  freeForm: "msg",
  inlineArgs: ["msg", "var", "verbosity"],
  expressions: ["var"],
  run: async (args, { scope }) => {
    if (args.var !== undefined && args.msg !== undefined)
      throw new ConfigError("debug: give it msg or var, not both");
    if (args.verbosity > 0)
      return { changed: false, skipped: true, skipped_reason: "Verbosity threshold not met." };
    if (args.var === undefined) return { changed: false, msg: args.msg ?? "Hello world!" };
    return { changed: false, [args.var]: variable(args.var, scope) };
  },
};

/** The value of an expression; Ansible says so in the result, instead of failing, when there is none. */
function variable(expression: string, scope: Scope): unknown {
  try {
    return evaluate(new Template(`{{ ${expression} }}`), scope);
  } catch (error) {
    if (error instanceof ConfigError && /undefined|has no attribute/.test(error.message))
      return "VARIABLE IS NOT DEFINED!";
    throw error;
  }
}
