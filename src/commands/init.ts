import { basename, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { ConfigError, InterruptedError } from "../errors.js";
import { type Answers, checkName, listOf, parseHypervisor } from "../init/answers.js";
import { projectFiles } from "../init/project-files.js";
import { writeNewFiles } from "../init/write-files.js";
import { namesIn } from "../load/files/directory.js";
import { packageDirectory } from "../package.js";
import { didYouMean } from "../values/nearest.js";
import type { CommandContext } from "./context.js";

interface InitOptions {
  readonly project?: string;
  readonly platform: readonly string[];
  readonly target: readonly string[];
  readonly hypervisor: readonly string[];
  readonly yes?: boolean;
}

const collect = (value: string, before: readonly string[]) => [...before, value];

/** `farm init`: writes a project that runs. */
export function addInit(program: Command, context: CommandContext): void {
  program
    .command("init")
    .argument("[directory]", "where to write it", ".")
    .description("ask a few questions and write a project that runs: inventory and phases")
    .option("--project <name>", "the project's name (default: the directory's)")
    .option("--platform <name>", "an operating system to build for (repeatable)", collect, [])
    .option("--target <name>", "a machine to build for (repeatable)", collect, [])
    .option("--hypervisor <host>", "localhost, or [USER@]HOST[:PORT] (repeatable)", collect, [])
    .option("-y, --yes", "ask nothing: take the defaults for what is not given")
    .addHelpText(
      "after",
      "\nExamples:\n  $ farm init\n  $ farm init ci --platform debian_12 --target amd64 --target arm64 --hypervisor me@tower.lan --yes",
    )
    .action((directory: string, options: InitOptions) => init(directory, options, context));
}

/** @throws ConfigError when an answer makes no sense, or a file is there already; nothing is written then */
async function init(directory: string, options: InitOptions, context: CommandContext): Promise<void> {
  const where = resolve(directory);
  const answers = await answersOf(where, options, context.stop);
  const files = projectFiles(answers);
  await writeNewFiles(where, files);
  const cd = directory === "." ? "" : `cd ${directory}\n  `;
  context.stdout(
    `wrote ${Object.keys(files).join(", ")}\n\nNext:\n  ${cd}farm doctor -i inventory.yaml\n  farm plan -i inventory.yaml\n  farm run -i inventory.yaml\n`,
  );
}

/** A question with its answer where nobody says another. */
type Ask = (question: string, usual: string) => Promise<string>;

async function answersOf(where: string, options: InitOptions, signal: AbortSignal): Promise<Answers> {
  if (options.yes) return collectAnswers(where, options, async (_question, usual) => usual);
  if (process.stdin.isTTY !== true)
    throw new ConfigError("cannot ask: standard input is no terminal", {
      hint: "--yes takes the defaults for what no option says",
    });
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  // Lines that come before they are asked for, as when somebody pastes all of them, wait.
  const lines = reader[Symbol.asyncIterator]();
  const close = () => reader.close();
  reader.once("SIGINT", close);
  signal.addEventListener("abort", close, { once: true });
  try {
    return await collectAnswers(where, options, async (question, usual) => {
      reader.setPrompt(`${question} [${usual}]: `);
      reader.prompt();
      const { done, value } = await lines.next();
      if (done) throw new InterruptedError("interrupted: nothing was written");
      return value.trim() || usual;
    });
  } finally {
    reader.close();
  }
}

async function collectAnswers(where: string, options: InitOptions, ask: Ask): Promise<Answers> {
  const given = (words: readonly string[], question: string, usual: string) =>
    words.length > 0 ? Promise.resolve([...words]) : ask(question, usual).then(listOf);
  const name =
    basename(where)
      .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[.-]+/, "") || "project";
  const project = options.project ?? (await ask("Name of the project", name));
  const [platforms, targets] = [namesOf("platforms", where), namesOf("targets", where)];
  const usualTarget = process.arch === "arm64" ? "arm64" : "amd64";
  const chosen = {
    platforms: await given(options.platform, `Platforms (${platforms.join(", ")})`, "debian_12"),
    targets: await given(options.target, `Targets (${targets.join(", ")})`, usualTarget),
  };
  for (const each of chosen.platforms) mustBeKnown("platform", each, platforms);
  for (const each of chosen.targets) mustBeKnown("target", each, targets);
  const question = "Hypervisors: localhost, or [USER@]HOST[:PORT] of others";
  const hypervisors = (await given(options.hypervisor, question, "localhost")).map(parseHypervisor);
  return { project, ...chosen, hypervisors };
}

/** Those that `where` has itself, and those that come with farm. */
function namesOf(kind: "platforms" | "targets", where: string): string[] {
  const files = [where, packageDirectory].flatMap((base) => namesIn(resolve(base, kind)));
  const names = files.flatMap((file) => /^(.+)\.ya?ml$/.exec(file)?.slice(1) ?? []);
  return [...new Set(names)].sort();
}

function mustBeKnown(kind: string, name: string, known: readonly string[]): void {
  if (known.includes(checkName(kind, name))) return;
  throw new ConfigError(`there is no ${kind} '${name}'${didYouMean(name, known)}`, {
    hint: `there are ${known.join(", ")}; others are files ${kind}s/NAME.yaml of yours`,
  });
}
