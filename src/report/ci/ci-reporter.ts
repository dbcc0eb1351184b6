import { appendFile } from "node:fs/promises";
import type { FarmEvent } from "../../events.js";
import type { Reporter } from "../emitter.js";
import { annotations, type Places } from "./github-annotations.js";
import { sectionEnd, sectionStart } from "./gitlab-sections.js";
import { jobSummary } from "./job-summary.js";
import { noCommands } from "./no-commands.js";
import { type NotPassed, notPassedCollector, oneLine } from "./not-passed.js";

type RunEnded = Extract<FarmEvent, { type: "run-ended" }>;

interface CiScreen {
  /** What shows the run; its lines are folded. */
  readonly screen: Reporter;
  readonly write: (text: string) => void;
  /** The screen is for people: sections can be written between its lines. */
  readonly folds: boolean;
}

/** GitHub Actions' log and pages. @param summaryFile GITHUB_STEP_SUMMARY */
export function githubReporter(
  { screen, write, folds }: CiScreen,
  writeCommands: (text: string) => void,
  places: Places,
  summaryFile: string | undefined,
): Reporter {
  const collector = notPassedCollector();
  const durations = new Map<string, number>();
  let project = "";
  let summary: string | undefined;
  const fold = (text: string) => folds && write(text);
  const end = (event: RunEnded, time: Date) => {
    fold("::endgroup::\n");
    screen.on(event, time);
    const notPassed = collector.of(event.outcomes);
    for (const one of notPassed) fold(githubGroup(one));
    for (const line of annotations(notPassed, places)) writeCommands(`${line}\n`);
    summary = jobSummary(project, event, notPassed, durations);
  };
  const begin = (event: Extract<FarmEvent, { type: "run-started" }>) => {
    project = event.project;
    fold(`::group::farm run of ${noCommands(oneLine(project))}\n`);
  };
  return {
    on: (event, time) => {
      collector.on(event);
      if (event.type === "run-started") begin(event);
      if (event.type === "vm-ended") durations.set(event.vm, event.durationMs);
      if (event.type === "run-ended") end(event, time);
      else screen.on(event, time);
    },
    close: async () => {
      await screen.close?.();
      if (summaryFile !== undefined && summary !== undefined) await appendFile(summaryFile, `${summary}\n`);
    },
  };
}

const githubGroup = ({ outcome, output }: NotPassed): string =>
  output === "" ? "" : `::group::${titleOf(outcome)}\n${quoted(output)}\n::endgroup::\n`;

const titleOf = (outcome: NotPassed["outcome"]): string =>
  noCommands(oneLine(`${outcome.vm} ${outcome.kind}: ${outcome.message}`)).replaceAll("%", "%25");

const quoted = (output: string): string =>
  noCommands(output)
    .split("\n")
    .map((line) => `| ${line}`)
    .join("\n");

/** GitLab's log. */
export function gitlabReporter({ screen, write, folds }: CiScreen): Reporter {
  const collector = notPassedCollector();
  const failures = ({ outcomes }: RunEnded, at: Date) => {
    for (const [index, { outcome, output }] of collector.of(outcomes).entries()) {
      if (output === "") continue;
      const name = `farm_vm_${index + 1}`;
      write(`${sectionStart(name, titleOf(outcome), at)}${quoted(output)}\n${sectionEnd(name, at)}`);
    }
  };
  return {
    on: (event, time) => {
      collector.on(event);
      if (folds && event.type === "run-started")
        write(sectionStart("farm_run", `farm run of ${noCommands(oneLine(event.project))}`, time, false));
      if (event.type !== "run-ended") return screen.on(event, time);
      if (folds) write(sectionEnd("farm_run", time));
      screen.on(event, time);
      if (folds) failures(event, time);
    },
    close: async () => screen.close?.(),
  };
}
