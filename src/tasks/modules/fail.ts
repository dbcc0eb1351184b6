import { z } from "zod";
import { text } from "../module/arguments.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  msg: text().default("Failed as requested from task").describe("why"),
});

/** Fails, e.g. under a `when`. */
export const fail: Module<z.infer<typeof Args>> = {
  name: "fail",
  summary: "Fails with a message.",
  args: Args,
  run: async ({ msg }) => ({ changed: false, failed: true, msg }),
};
