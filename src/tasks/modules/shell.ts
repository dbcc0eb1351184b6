import { z } from "zod";
import type { Module } from "../module/module.js";
import { execute } from "./execute.js";

const Args = z.strictObject({
  cmd: z.string().describe("the line"),
  chdir: z.string().optional().describe("the directory it is run in"),
  creates: z.string().optional().describe("a file, or glob; where it is there, nothing runs"),
  removes: z.string().optional().describe("a file, or glob; where it is not there, nothing runs"),
  stdin: z.string().optional().describe("what it reads"),
  stdin_add_newline: z.boolean().default(true).describe("end stdin with a newline"),
  executable: z.string().default("/bin/sh").describe("the shell"),
});

/** A line for a shell of the guest's. */
export const shell: Module<z.infer<typeof Args>> = {
  name: "shell",
  summary: "Runs a line of shell.",
  args: Args,
  freeForm: "cmd",
  inlineArgs: ["chdir", "creates", "removes", "stdin", "executable"],
  run: ({ cmd, executable, stdin, stdin_add_newline, ...rest }, context) => {
    const input = stdin === undefined ? undefined : stdin + (stdin_add_newline ? "\n" : "");
    return execute({ ...rest, argv: [executable, "-c", cmd], shown: cmd, stdin: input }, context);
  },
};
