import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { ConfigError } from "../errors.js";
import { writeReport } from "../report/html/write-report.js";
import type { CommandContext } from "./context.js";
import { allRunsDirectory, runsDirectory } from "./state-directory.js";

interface ReportCommandOptions {
  readonly output: string;
}

/** `farm report`: makes the HTML report of a run that is over. */
export function addReport(program: Command, { stdout, stderr }: CommandContext): void {
  program
    .command("report")
    .argument(
      "[run-dir]",
      "directory of a run, as the last line of 'farm run' names it; by default the newest",
    )
    .description("make the HTML report of a run afterwards")
    .option("-o, --output <dir>", "where to put its index.html", "report")
    .addHelpText(
      "after",
      "\nExamples:\n  $ farm report\n  $ farm report ~/.local/state/farm/runs/demo-1a2b/20261127-070000-abcd --output out",
    )
    .action(async (directory: string | undefined, { output }: ReportCommandOptions) => {
      const file = await writeReport({
        runDirectory:
          directory === undefined ? await newestRun(allRunsDirectory(process.env)) : resolve(directory),
        output: resolve(output),
        runsDirectory,
        warn: (warning) => stderr(`farm: warning: ${warning}\n`),
      });
      stdout(`${file}\n`);
    });
}

/** Of all projects: names of runs begin with their time. */
async function newestRun(runs: string): Promise<string> {
  const found: string[] = [];
  for (const project of await names(runs))
    for (const run of await names(join(runs, project))) found.push(join(run, project));
  const [run, project] = found.sort().at(-1)?.split("/") ?? [];
  if (run === undefined || project === undefined)
    throw new ConfigError(`there is no run below ${runs}`, { hint: "name the directory of a run" });
  return join(runs, project, run);
}

async function names(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
