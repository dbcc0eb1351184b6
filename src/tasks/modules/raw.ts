import { z } from "zod";
import type { Module } from "../module/module.js";
import { execute } from "./execute.js";

const Args = z.strictObject({
  cmd: z.string().describe("the line"),
  executable: z.string().default("/bin/sh").describe("the shell"),
});

/** A line for the guest's shell with nothing around it; Ansible's module for guests without Python. */
export const raw: Module<z.infer<typeof Args>> = {
  name: "raw",
  summary: "Runs a line of shell with nothing around it; `stdout` is as it came, last newline and all.",
  args: Args,
  freeForm: "cmd",
  inlineArgs: ["executable"],
  run: ({ cmd, executable }, context) =>
    execute({ argv: [executable, "-c", cmd], shown: cmd, strip_empty_ends: false }, context),
};
