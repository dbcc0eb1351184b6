import { FILE_PHASES, type FilePhase, isFilePhase, PHASES, type Phase } from "../phases.js";
import { type PointChoices, restoredPoint } from "../restore/choices.js";
import { type Manifest, type PointKind, pointTitle } from "../restore/manifest.js";
import type { PlacedVm } from "./model.js";

/** One phase of a VM as it is going to be: run, or skipped for a reason. */
export interface PlannedPhase {
  readonly phase: Phase;
  readonly skip?: string;
}

interface LifeCycleInput {
  readonly allowed: ReadonlySet<string>;
  readonly files: Readonly<Partial<Record<FilePhase, string>>>;
  /** The VM is left running for the user. */
  readonly keep: boolean;
  readonly choices: PointChoices;
}

/** The phases of a VM as a run will see them. */
export const phasesOf = (
  { blueprint, files }: Pick<PlacedVm, "blueprint" | "files">,
  keep: boolean,
  choices: PointChoices,
): PlannedPhase[] =>
  lifeCycle({
    allowed: new Set(blueprint.settings.allowedPhases),
    files: Object.fromEntries(FILE_PHASES.flatMap((name) => (files[name] ? [[name, files[name].path]] : []))),
    keep,
    choices,
  });

/** Which phases a restored guest has behind it. */
const BEHIND: Readonly<Record<PointKind, readonly FilePhase[]>> = {
  clean: [],
  dependencies: ["dependencies"],
  init: ["dependencies", "init"],
};

/** The phase that a point was made in the midst of. */
export const midwayPhase = ({ kind, tasks }: Manifest): PointKind | undefined =>
  tasks === undefined ? undefined : kind;

/** The whole life of a guest, from top to bottom, with the reason for every phase that will not run. */
export function lifeCycle(input: LifeCycleInput): PlannedPhase[] {
  const restored = restoredPoint(input.choices);
  return PHASES.map((phase) => {
    const skip = skipReason(phase, input, restored);
    return skip === undefined ? { phase } : { phase, skip };
  });
}

function skipReason(
  phase: Phase,
  { allowed, files, keep, choices }: LifeCycleInput,
  restored: Manifest | undefined,
): string | undefined {
  if (!allowed.has(phase)) return "not in allowed_phases";
  if (!allowed.has("startup")) return "startup is not in allowed_phases";
  if (phase === "startup") return undefined;
  if (phase === "shutdown") return keep ? "the VM is kept" : undefined;
  if (!isFilePhase(phase)) return pointReason(phase, choices, restored);
  if (files[phase] === undefined) return "no such file in the phases directory";
  if (!restored || midwayPhase(restored) === phase) return undefined;
  return BEHIND[restored.kind].includes(phase) ? restoredAs(restored) : undefined;
}

const restoredAs = (point: Manifest): string => `restored with ${pointTitle(point)} of ${point.created}`;

/** Of `restore` and `create`, `clean` and `init`. */
function pointReason(
  phase: Phase,
  choices: PointChoices,
  restored: Manifest | undefined,
): string | undefined {
  if (!choices.clean) return "the VM did not start";
  const kind = phase.endsWith(" init") ? "init" : "clean";
  if (!choices[kind]) return "dependencies and init have no files";
  // One after dependencies is half of init.
  const begins = restored && (restored.kind === "clean" ? "clean" : "init");
  if (phase.startsWith("restore ")) {
    if (begins === kind) return undefined;
    return restored && kind === "clean" ? restoredAs(restored) : because(choices[kind]);
  }
  const isThere =
    restored && (kind === "clean" || (restored.kind === "init" && restored.tasks === undefined));
  return isThere ? restoredAs(restored) : undefined;
}

/** Why there is none to restore. */
const because = (choice: PointChoices[PointKind]): string | undefined =>
  choice && !choice.restore ? choice.because : undefined;
