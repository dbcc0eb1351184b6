import { ConfigError } from "../errors.js";
import { parseShard, shardVms } from "../load/command-line/shard.js";
import type { Project } from "../project/project.js";
import { pastRuns } from "../report/run-history.js";
import type { RunSummary } from "../report/run-summary.js";
import type { ChoiceOptions } from "./options.js";
import { runsDirectory } from "./state-directory.js";

/** The project with the VMs that --rerun-failed and --shard leave, in that order; there may be none. @throws ConfigError */
export async function chooseVms(project: Project, options: ChoiceOptions): Promise<Project> {
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const failed = options.rerunFailed ? await lastFailures(project.projectId) : undefined;
  const again = failed ? project.vms.filter(({ name }) => failed.has(name)) : project.vms;
  return { ...project, vms: shard ? shardVms(again, shard) : again };
}

async function lastFailures(projectId: string): Promise<ReadonlySet<string>> {
  const directory = runsDirectory(projectId);
  const { runs, warnings } = await pastRuns(directory, 1);
  const [last] = runs;
  if (last) return didNotPass(last);
  const [why = `none is in ${directory}`] = warnings;
  throw new ConfigError(`--rerun-failed: there is no earlier run of project '${projectId}': ${why}`, {
    hint: "run it once without --rerun-failed, and without --run-dir",
  });
}

/** The VMs of a run that failed, broke, were interrupted or never started. One that was flaky passed. */
export const didNotPass = ({ vms }: RunSummary): ReadonlySet<string> =>
  new Set(vms.filter(({ outcome: { kind } }) => kind === "failed" || kind === "broken").map(({ vm }) => vm));
