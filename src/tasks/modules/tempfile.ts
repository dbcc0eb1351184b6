import { z } from "zod";
import { path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { attributeFields } from "../remote/attributes.js";
import { script } from "../remote/script.js";
import { fileStatus, lastLine } from "../remote/status.js";

const Args = z.strictObject({
  state: z.enum(["file", "directory"]).default("file").describe("what is made"),
  path: path().optional().describe("the directory that it is made in"),
  prefix: text().default("ansible.").describe("how its name begins"),
  suffix: text().default("").describe("how its name ends"),
});

/** A name with a suffix may be taken: another is tried. */
const MAKE = `state=$1 dir=\${2:-\${TMPDIR:-/tmp}} prefix=$3 suffix=$4
case $dir in "~/"*) dir="$HOME/\${dir#"~/"}" ;; esac
umask 077
[ "$state" = directory ] && option=-d || option=
for try in 1 2 3 4 5; do
  made=$(mktemp $option "\${dir%/}/\${prefix}XXXXXXXX") || exit
  [ "$suffix" ] || break
  if [ ! -e "$made$suffix" ] && mv -- "$made" "$made$suffix"; then made=$made$suffix; break; fi
  rm -rf -- "$made"
  made=
done
[ "$made" ] || { echo "no free name in $dir" >&2; exit 1; }
printf %s "$made"`;

/** A new file or directory of a name that nobody else has. */
export const tempfile: Module<z.infer<typeof Args>> = {
  name: "tempfile",
  summary: "Makes a temporary file or directory.",
  args: Args,
  async run({ state, path: directory, prefix, suffix }, context) {
    if (/\//.test(prefix + suffix)) throw new ModuleFailure("prefix and suffix cannot hold a slash");
    const { code, stdout, stderr } = await context.act(
      script("tempfile", MAKE, [state, directory ?? "", prefix, suffix]),
    );
    if (code !== 0) throw new ModuleFailure(`cannot make a temporary ${state}: ${lastLine(stderr, code)}`);
    if (context.check) return { changed: true, state };
    const made = await fileStatus(context, stdout);
    return { changed: true, path: stdout, state, ...(made && attributeFields(made)) };
  },
};
