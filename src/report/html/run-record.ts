import type { RunSummary, TaskSummary, VmSummary } from "../run-summary.js";

/** A text that may have been too long: `left` characters are missing after `head`. */
export interface Excerpt {
  readonly head: string;
  readonly tail: string;
  readonly left: number;
}

/** What a task said, part by part. */
export interface OutputPart {
  readonly name: string;
  readonly text: Excerpt;
}

export interface TaskRecord extends TaskSummary {
  readonly output: readonly OutputPart[];
}

/** A piece of farm's own work. */
export interface StepRecord {
  readonly phase: string;
  readonly step: string;
  readonly detail?: string;
  readonly ok: boolean;
  readonly start: string;
  readonly durationMs: number;
}

/** Files of a VM's that are on this machine; `directory` is absolute, each path is below it. */
export interface ArtifactsRecord {
  readonly directory: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

export interface VmRecord extends Omit<VmSummary, "tasks"> {
  readonly tasks: readonly TaskRecord[];
  readonly steps: readonly StepRecord[];
  readonly skipped: readonly { readonly phase: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  /** Of each attempt that left some. */
  readonly artifacts: readonly ArtifactsRecord[];
  /** Why it is on its hypervisor. */
  readonly reason?: string;
  readonly console?: Excerpt;
  /** The directory of its logs, within the run's. */
  readonly logs: string;
}

/** All that a report says of a run. */
export interface RunRecord extends Omit<RunSummary, "vms"> {
  readonly vms: readonly VmRecord[];
  /** Those of no VM. */
  readonly warnings: readonly string[];
  readonly runDirectory: string;
  /** The run was killed, or is still going on. */
  readonly unfinished: boolean;
}
