import { z } from "zod";
import { quote } from "../../transport/quote.js";
import type { CommandResult } from "../../transport/shell.js";
import { int, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";

const Args = z.strictObject({
  chdir: path().describe("the directory to work in"),
  target: text().optional().describe("what to make; by default what the makefile has first"),
  targets: list().optional().describe("several of them"),
  params: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("variables: NAME=VALUE for make, NAME alone for null"),
  make: path().optional().describe("the program; by default gmake, else make"),
  jobs: int().optional().describe("how many commands at once"),
  file: path().optional().describe("the makefile"),
});
type MakeArgs = z.infer<typeof Args>;

/** What make is told, but for the program. */
export function makeArguments({ target, targets, params, jobs, file }: MakeArgs): string[] {
  return [
    ...(jobs === undefined ? [] : ["-j", String(jobs)]),
    ...(file === undefined ? [] : ["-f", file]),
    ...(targets ?? (target === undefined ? [] : [target])),
    ...Object.entries(params ?? {}).map(([name, value]) =>
      value === null || value === undefined ? name : `${name}=${valueText(value)}`,
    ),
  ];
}

/** As Python writes it: that is what makefiles get from Ansible. */
function valueText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const RUN = `chdir=$1 make=$2 question=$3; shift 3
case $chdir in "~/"*) chdir="$HOME/\${chdir#"~/"}" ;; esac
case $make in "~/"*) make="$HOME/\${make#"~/"}" ;; esac
cd -- "$chdir" || exit 66
[ "$make" ] || { if command -v gmake >/dev/null 2>&1; then make=gmake; else make=make; fi; }
program=$(command -v "$make") || { echo "$make is not on this machine: install it (package make)" >&2; exit 69; }
[ -z "$question" ] || printf 'make %s\\n' "$program"
exec "$make" $question "$@"`;

/** A target made, when make says that it is out of date. */
export const make: Module<MakeArgs> = {
  name: "make",
  summary: "Runs make when `make -q` says that the target is not up to date.",
  args: Args,
  differs: ["In a check, a target that make cannot answer for (exit status 2) is a failure."],
  async run(args, context) {
    if (args.target !== undefined && args.targets !== undefined)
      throw new ModuleFailure("parameters are mutually exclusive: target|targets");
    const asked = await context.ask({ ...command("make-question", "-q", args), readOnly: true });
    refuseMissing(asked, args);
    const [first = "", program = args.make ?? "make"] = /^make (.*)\n/.exec(asked.stdout) ?? [];
    const told: Told = { args, line: [program, ...makeArguments(args)].map(quote).join(" ") };
    const question = { ...asked, stdout: asked.stdout.slice(first.length) };
    if (question.code === 0) return result(told, false, question);
    if (context.check && question.code !== 1) throw failure(told, question);
    const made = await context.act(command("make", "", args));
    if (made.code !== 0) throw failure(told, made);
    return result(told, true, made);
  },
};

const command = (name: string, question: string, args: MakeArgs) =>
  script(name, RUN, [args.chdir, args.make ?? "", question, ...makeArguments(args)]);

/** The two failures of the script itself. */
function refuseMissing({ code, stderr }: CommandResult, { chdir }: MakeArgs): void {
  if (code === 66)
    throw new ModuleFailure(`cannot work in ${chdir}: ${lastLine(stderr, code)}`, { rc: code, stderr });
  if (code === 69) throw new ModuleFailure(lastLine(stderr, code), { rc: code, stderr });
}

/** What a result says of the task. */
interface Told {
  readonly args: MakeArgs;
  /** The command, as a shell would take it. */
  readonly line: string;
}

const failure = ({ args, line }: Told, { code, stdout, stderr }: CommandResult): ModuleFailure =>
  new ModuleFailure(`make failed in ${args.chdir}: ${lastLine(stderr, code)}`, {
    cmd: line,
    rc: code,
    stdout,
    stderr,
  });

const result = ({ args, line }: Told, changed: boolean, { stdout, stderr }: CommandResult): ModuleResult => ({
  changed,
  chdir: args.chdir,
  command: line,
  target: args.target ?? null,
  ...(args.targets && { targets: args.targets }),
  params: args.params ?? null,
  file: args.file ?? null,
  jobs: args.jobs ?? null,
  stdout: trimmed(stdout),
  stderr: trimmed(stderr),
});

const trimmed = (text: string): string => text.replace(/[\r\n]+$/, "");
