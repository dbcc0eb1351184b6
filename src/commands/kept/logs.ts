import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../../clock.js";
import { ConfigError } from "../../errors.js";
import { vmDirectoryName } from "../../naming.js";
import type { Project } from "../../project/project.js";
import { vmNamed } from "../../provision/kept/find-kept.js";
import { harmless } from "../../report/harmless.js";
import { followLogs, isOver, logOf, logsIn, printLogs, type RunLog, runsIn } from "../../report/run-logs.js";
import { didYouMean } from "../../values/nearest.js";
import { formatSize } from "../../values/size.js";
import type { CommandContext } from "../context.js";
import { withInventory, withVariableOptions } from "../options.js";
import { type Secrecy, withSecrets } from "../prepare.js";
import { runsDirectory } from "../state-directory.js";
import { type KeptOptions, keptProject } from "./kept.js";

interface LogsOptions extends Omit<KeptOptions, "instance"> {
  readonly phase?: string;
  readonly follow?: boolean;
  readonly run?: string;
}

const EXAMPLES = `
Without a VM: what logs there are. On a terminal, what could do something to it is taken out; piped, every byte is as the guest wrote it.

Examples:
  $ farm logs -i inv.yaml
  $ farm logs debian_12_amd64 -i inv.yaml --phase main
  $ farm logs debian_12_amd64 -i inv.yaml --follow
  $ farm logs debian_12_amd64 -i inv.yaml --phase console | less -R`;

/** `farm logs`: what runs wrote down of each VM. */
export function addLogs(program: Command, context: CommandContext): void {
  const command = program
    .command("logs")
    .argument("[vm]", "whose")
    .description("show what the newest run wrote down of a VM, or what there is");
  withVariableOptions(withInventory(command))
    .option("--phase <phase>", "only that phase's, or `console`")
    .option("-f, --follow", "go on until the run is over")
    .option("--run <run>", "another run: its name, or its directory")
    .addHelpText("after", EXAMPLES)
    .action(async (vm: string | undefined, options: LogsOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => logs(vm, options, context, secrecy))),
    );
}

async function logs(
  name: string | undefined,
  options: LogsOptions,
  context: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const project = await keptProject(options, secrecy);
  const vms = name === undefined ? project.vms : [vmNamed(name, project.vms)];
  const directories = vms.map((vm) => vmDirectoryName(project.projectId, vm.name));
  const run = await chooseRun(project, directories, options);
  if (name === undefined)
    return list(
      run,
      vms.map((vm) => vm.name),
      directories,
      context,
    );
  const directory = join(run, directories[0] ?? "");
  const wanted = async () => chosen(await logsIn(directory), options);
  const { print, end } = printer(options, context);
  if (options.follow) {
    const over = () => isOver(run);
    await followLogs({ logs: wanted, over, print, clock: systemClock, signal: context.stop });
    end();
    return context.stop.aborted ? 130 : 0;
  }
  const found = await wanted();
  if (found.length === 0) throw noSuchLog(name, run, await logsIn(directory), options);
  await printLogs(found, print);
  end();
  return 0;
}

/** The newest run that has something of one of the VMs, or the one that is asked for. @throws ConfigError */
async function chooseRun(
  project: Project,
  directories: readonly string[],
  { run, follow }: LogsOptions,
): Promise<string> {
  if (run?.includes("/")) return resolve(run);
  const base = runsDirectory(project.projectId);
  const runs = await runsIn(base);
  const hint = "`farm run` writes them; --run names a directory that was given as --run-dir";
  if (run !== undefined && !runs.includes(run))
    throw new ConfigError(`there is no run '${run}' in ${base}${didYouMean(run, runs)}`, { hint });
  if (run !== undefined) return join(base, run);
  const [newest] = runs;
  if (follow && newest !== undefined) return join(base, newest);
  for (const each of runs)
    for (const directory of directories)
      if ((await logsIn(join(base, each, directory))).length > 0) return join(base, each);
  throw new ConfigError(`no run in ${base} has logs`, { hint });
}

const chosen = (found: readonly RunLog[], { phase }: LogsOptions): readonly RunLog[] => {
  // The console comes when the VM has ended, and is long.
  if (phase === undefined) return found.filter(({ name }) => name !== "console");
  const log = logOf(found, phase);
  return log ? [log] : [];
};

function noSuchLog(
  vm: string,
  run: string,
  found: readonly RunLog[],
  { phase = "main" }: LogsOptions,
): ConfigError {
  const names = found.map(({ name }) => name);
  return new ConfigError(
    `run ${basename(run)} has no log of phase '${phase}' of '${vm}'${didYouMean(phase, names)}`,
    {
      hint: names.length > 0 ? `it has ${names.join(", ")}` : "`farm logs` without a VM lists what there is",
    },
  );
}

/** Whole lines on a terminal, so that no escape sequence is cut in two; else bytes. */
function printer({ phase }: LogsOptions, { stdout }: CommandContext) {
  let last: string | undefined;
  const begun = new Map<string, string>();
  const onTerminal = process.stdout.isTTY === true;
  return {
    print: ({ name }: RunLog, chunk: Buffer): void => {
      if (phase === undefined && last !== name) stdout(`${last === undefined ? "" : "\n"}##### ${name}\n`);
      last = name;
      if (!onTerminal) return void process.stdout.write(chunk);
      const text = (begun.get(name) ?? "") + chunk.toString();
      const end = text.lastIndexOf("\n") + 1;
      begun.set(name, text.slice(end));
      stdout(harmless(text.slice(0, end)));
    },
    end: (): void => {
      for (const rest of begun.values()) if (rest !== "") stdout(`${harmless(rest)}\n`);
    },
  };
}

async function list(
  run: string,
  vms: readonly string[],
  directories: readonly string[],
  { stdout }: CommandContext,
): Promise<number> {
  const width = Math.max(...vms.map(({ length }) => length));
  stdout(`${run}\n`);
  for (const [index, vm] of vms.entries()) {
    const found = await logsIn(join(run, directories[index] ?? ""));
    const shown = found.map(({ name, bytes }) => `${name} (${formatSize(bytes)})`).join("  ");
    stdout(`  ${harmless(vm).padEnd(width)}  ${shown || "nothing"}\n`);
  }
  return 0;
}
