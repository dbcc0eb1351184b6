import { z } from "zod";
import { evaluateCondition } from "../../template/evaluate.js";
import { bool, text } from "../module/arguments.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  that: z
    .union([z.string(), z.boolean(), z.array(z.union([z.string(), z.boolean()]))])
    .describe("expressions without {{ }}, all of which must hold"),
  fail_msg: text().default("Assertion failed").describe("said when one does not hold"),
  success_msg: text().default("All assertions passed").describe("said when all hold"),
  quiet: bool().default(false).describe("say nothing when all hold"),
});

/** Checks that expressions hold. */
export const assertModule: Module<z.infer<typeof Args>> = {
  name: "assert",
  summary: "Fails unless all expressions hold.",
  args: Args,
  aliases: { msg: "fail_msg" },
  expressions: ["that"],
  run: async ({ that, fail_msg, success_msg }, { scope }) => {
    for (const assertion of [that].flat())
      if (!evaluateCondition(assertion, scope))
        return { changed: false, failed: true, evaluated_to: false, assertion, msg: fail_msg };
    return { changed: false, msg: success_msg };
  },
};
