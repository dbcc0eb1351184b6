import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { splitWords } from "../words.js";
import { execute } from "./execute.js";

const Args = z.strictObject({
  cmd: text().describe("a script of the controller, and its arguments"),
  chdir: path().optional().describe("the directory on the machine that it is run in"),
  creates: path().optional().describe("a file of the machine; where it is there, nothing runs"),
  removes: path().optional().describe("a file of the machine; where it is not there, nothing runs"),
  executable: text().optional().describe("what runs it, instead of what its first line says"),
  decrypt: bool().default(true).describe("a script of ansible-vault is decrypted"),
});

/** Takes the script's bytes on stdin; the temporary file goes with the run. */
const RUN = `size=$1 name=$2 executable=$3; shift 3
directory=$(mktemp -d "\${TMPDIR:-/tmp}/farm-script.XXXXXX") || exit
trap 'rm -rf -- "$directory"' EXIT
trap 'exit 143' TERM
head -c "$size" >"$directory/$name" || exit
chmod 700 "$directory/$name"
if [ "$executable" ]; then $executable "$directory/$name" "$@"; else "$directory/$name" "$@"; fi </dev/null`;

/** Scripts of the controller, run on the machine. */
export const script: Module<z.infer<typeof Args>> = {
  name: "script",
  summary: "Sends a script of the controller to the machine and runs it there.",
  args: Args,
  freeForm: "cmd",
  inlineArgs: ["chdir", "creates", "removes", "executable", "decrypt"],
  async run({ cmd, executable, decrypt, ...rest }, context) {
    const [file, ...words] = splitWords(cmd);
    if (file === undefined) throw new ModuleFailure("script: name a script to run");
    const source = await context.controller.find("files", file);
    const content = decrypt ? await context.controller.read(source) : await readFile(source);
    const result = await execute(
      {
        ...rest,
        argv: [
          "sh",
          "-c",
          RUN,
          "script",
          String(content.length),
          basename(source),
          executable ?? "",
          ...words,
        ],
        shown: cmd,
        strip_empty_ends: false,
        isSkipped: true,
        stdin: content,
      },
      context,
    );
    const { cmd: _, ...fields } = result;
    return fields as typeof result;
  },
};
