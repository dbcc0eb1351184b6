import { z } from "zod";
import { ConfigError } from "../../errors.js";
import { pythonText } from "../../template/python.js";
import { bool } from "../module/arguments.js";
import type { Module } from "../module/module.js";
import { splitWords } from "../words.js";
import { execute } from "./execute.js";
import { expandedArgv } from "./expand-arguments.js";

const Args = z.strictObject({
  cmd: z.string().optional().describe("the program and its arguments as one text"),
  argv: z.array(z.preprocess(pythonText, z.string())).optional().describe("the same as a list"),
  chdir: z.string().optional().describe("the directory it is run in"),
  creates: z.string().optional().describe("a file, or glob; where it is there, nothing runs"),
  removes: z.string().optional().describe("a file, or glob; where it is not there, nothing runs"),
  stdin: z.string().optional().describe("what it reads"),
  expand_argument_vars: bool()
    .default(true)
    .describe("`$NAME` and a leading `~` mean what the machine's environment says"),
  strip_empty_ends: bool().default(true).describe("take line ends off stdout and stderr"),
  stdin_add_newline: bool().default(true).describe("end stdin with a newline"),
});

/** A program and its arguments, without a shell: no pipes, no redirections, no globs. */
export const command: Module<z.infer<typeof Args>> = {
  name: "command",
  summary: "Runs a program, without a shell.",
  args: Args,
  freeForm: "cmd",
  inlineArgs: ["chdir", "creates", "removes", "stdin"],
  run: ({ cmd, argv, stdin, stdin_add_newline, expand_argument_vars: expands, ...rest }, context) => {
    const [program, ...words] = argv ?? splitWords(cmd ?? "");
    if (program === undefined) throw new ConfigError("command: give it a program to run, by cmd or argv");
    const input = stdin === undefined ? undefined : stdin + (stdin_add_newline ? "\n" : "");
    const all = [program, ...words] as const;
    const ran = (expands ? expandedArgv(all) : undefined) ?? all;
    return execute({ ...rest, argv: ran, shown: all, stdin: input, program }, context);
  },
};
