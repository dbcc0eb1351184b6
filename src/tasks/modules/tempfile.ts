import { z } from "zod";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  state: z.enum(["file", "directory"]).default("file").describe("what is made"),
  path: path().optional().describe("the directory that it is made in"),
  prefix: text().default("ansible.").describe("how its name begins"),
  suffix: text().default("").describe("how its name ends"),
});

const MAKE = `state=$1 dir=\${2:-\${TMPDIR:-/tmp}} prefix=$3 suffix=$4
case $dir in "~/"*) dir="$HOME/\${dir#"~/"}" ;; esac
umask 077
if [ "$state" = directory ]; then made=$(mktemp -d "$dir/\${prefix}XXXXXXXX") || exit; else made=$(mktemp "$dir/\${prefix}XXXXXXXX") || exit; fi
if [ "$suffix" ]; then mv -- "$made" "$made$suffix" || exit; fi
printf %s "$made$suffix"`;

/** A new file or directory of a name that nobody else has. */
export const tempfile: Module<z.infer<typeof Args>> = {
  name: "tempfile",
  summary: "Makes a temporary file or directory.",
  args: Args,
  async run({ state, path: directory, prefix, suffix }, context) {
    const { code, stdout, stderr } = await context.act(
      script("tempfile", MAKE, [state, directory ?? "", prefix, suffix]),
    );
    if (code !== 0) throw new ModuleFailure(`cannot make a temporary ${state}: ${lastLine(stderr, code)}`);
    if (context.check) return { changed: true, state };
    return { changed: true, path: stdout, mode: state === "file" ? "0600" : "0700", state };
  },
};
