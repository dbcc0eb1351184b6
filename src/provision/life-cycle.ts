import { type FilePhase, isFilePhase, PHASES, type Phase } from "../phases.js";

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
}

/** The whole life of a guest, from top to bottom, with the reason for every phase that will not run. */
export function lifeCycle({ allowed, files, keep }: LifeCycleInput): PlannedPhase[] {
  const reason = (phase: Phase): string | undefined => {
    if (!allowed.has(phase)) return "not in allowed_phases";
    if (phase !== "startup" && !allowed.has("startup")) return "startup is not in allowed_phases";
    if (phase === "shutdown" && keep) return "the VM is kept";
    if (isFilePhase(phase))
      return files[phase] === undefined ? "no such file in the phases directory" : undefined;
    return /^(?:restore|create) /.test(phase) ? "farm makes no restore points yet" : undefined;
  };
  return PHASES.map((phase) => {
    const skip = reason(phase);
    return skip === undefined ? { phase } : { phase, skip };
  });
}
