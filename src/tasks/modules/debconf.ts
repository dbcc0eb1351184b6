import { z } from "zod";
import { bool, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Diff, Module, ModuleContext } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";

const TYPES = [
  ...(["boolean", "error", "multiselect", "note", "password"] as const),
  ...(["seen", "select", "string", "text", "title"] as const),
];

const Args = z.strictObject({
  name: text().describe("the package"),
  question: text().optional().describe("which answer; without one, all of the package's are told"),
  vtype: z.enum(TYPES).optional().describe("what kind of question it is; `seen` sets the mark of that name"),
  value: text().optional().describe("the answer"),
  unseen: bool().default(false).describe("leave the question to be asked yet"),
});
type DebconfArgs = z.infer<typeof Args>;

/** What debconf knows of a question. */
interface Answer {
  readonly value: string;
  readonly isSeen: boolean;
}

/** An answer as it shall be. */
interface Wanted {
  readonly question: string;
  readonly vtype: (typeof TYPES)[number];
  readonly value: string;
}

/** Answers to the questions that packages ask when they are configured. */
export const debconf: Module<DebconfArgs> = {
  name: "debconf",
  summary: "Sees to an answer in Debian's database of package configuration, or tells what is there.",
  args: Args,
  aliases: { pkg: "name", selection: "question", setting: "question", answer: "value" },
  differs: [
    "A password that is there already is no change, and no password is told; Ansible's sets it each time.",
    "`vtype: seen` is no change where the mark is as wanted; a type that debconf does not take (`error`) is a failure.",
  ],
  async run(args, context) {
    const wanted = wantedOf(args);
    const { answers, isSame } = await look(args.name, wanted, context);
    const current = Object.fromEntries([...answers].map(([question, { value }]) => [question, value]));
    if (!wanted || isSettled(wanted, answers.get(wanted.question), isSame))
      return { changed: false, msg: "", current };
    const { question } = wanted;
    const before = answers.get(question)?.value;
    const msg = await answer(args, wanted, context);
    const after = wanted.vtype === "password" ? OMITTED : wanted.value;
    return {
      changed: true,
      msg,
      current: { [question]: after },
      previous: before === undefined ? { ...current, [question]: "" } : { [question]: before },
      ...(context.diff && { diff: diffOf(args.name, question, before, after) }),
    };
  },
};

/** What debconf-show says instead of one. */
const OMITTED = "(password omitted)";

/** @throws ModuleFailure for what cannot be a line of debconf's */
function wantedOf({ name, question, vtype, value }: DebconfArgs): Wanted | undefined {
  if ([question, vtype, value].every((each) => each === undefined)) return undefined;
  if (question === undefined || vtype === undefined || value === undefined)
    throw new ModuleFailure("parameters are required together: question, vtype, value");
  const line = value.trim();
  if (/[\r\n]/.test(line)) throw new ModuleFailure("value must be one line");
  const bad = [name, question].find((each) => !/^\S+$/.test(each));
  if (bad !== undefined)
    throw new ModuleFailure(`'${bad}' has white space in it: that is no name of debconf's`);
  const isFlag = vtype === "boolean" || vtype === "seen";
  return { question, vtype, value: isFlag ? line.toLowerCase() : line };
}

/** First whether a password is the one on stdin: it never leaves the machine. */
const ASK = `name=$1 question=$2
command -v debconf-show >/dev/null || { echo "there is no debconf on this machine" >&2; exit 127; }
if [ "$question" ]; then
  export DEBIAN_FRONTEND=noninteractive
  IFS= read -r wanted
  there=$(echo "GET $question" | debconf-communicate "$name" 2>/dev/null)
  if [ "$there" = "0 $wanted" ]; then echo same; else echo other; fi
else
  echo other
fi
debconf-show "$name"`;

async function look(name: string, wanted: Wanted | undefined, context: ModuleContext) {
  const secret = wanted?.vtype === "password" ? wanted : undefined;
  const input = secret === undefined ? {} : { stdin: `${secret.value}\n` };
  const command = script("debconf", ASK, [name, secret?.question ?? ""], { ...input, readOnly: true });
  const { code, stdout, stderr } = await context.ask(command);
  if (code !== 0) throw new ModuleFailure(`cannot ask debconf for ${name}: ${lastLine(stderr, code)}`);
  return { answers: parseAnswers(stdout), isSame: stdout.startsWith("same\n") };
}

/** What debconf-show prints: `* question: value`, the star where it was seen. */
export function parseAnswers(stdout: string): Map<string, Answer> {
  return new Map(
    [...stdout.matchAll(/^([* ]) ([^:\s]+):(.*)$/gm)].map(([, mark, question = "", value = ""]) => [
      question,
      { value: value.trim(), isSeen: mark === "*" },
    ]),
  );
}

function isSettled({ vtype, value }: Wanted, now: Answer | undefined, isSame: boolean): boolean {
  if (!now) return false;
  if (vtype === "password") return isSame;
  if (vtype === "seen") return now.isSeen === (value === "true");
  return value === (vtype === "boolean" ? now.value.toLowerCase() : now.value);
}

/** @returns what debconf said of it */
async function answer(
  { name, unseen }: DebconfArgs,
  { question, vtype, value }: Wanted,
  context: ModuleContext,
): Promise<string> {
  const { code, stdout, stderr } = await context.act({
    argv: ["debconf-set-selections", ...(unseen ? ["-u"] : [])],
    stdin: `${name} ${question} ${vtype} ${value}\n`,
  });
  if (code !== 0 || /^warning: Unknown type/m.test(stderr))
    throw new ModuleFailure(`cannot set ${question} of ${name}: ${lastLine(stderr, code)}`);
  return stdout;
}

function diffOf(name: string, question: string, before: string | undefined, after: string): Diff {
  const line = (value: string | undefined) => (value === undefined ? "" : `${question}: ${value}\n`);
  return { before: line(before), after: line(after), before_header: name, after_header: name };
}
