import { z } from "zod";
import { execute } from "./execute.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  cmd: z.string(),
  chdir: z.string().optional(),
  creates: z.string().optional(),
  removes: z.string().optional(),
  stdin: z.string().optional(),
  stdin_add_newline: z.boolean().default(true),
  executable: z.string().default("/bin/sh"),
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
