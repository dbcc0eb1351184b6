/** The steps of a guest's life that a user may allow or forbid by `allowed_phases`, in the order they may happen. */
export const PHASES = [
  "startup",
  "restore init",
  "restore clean",
  "create clean",
  "dependencies",
  "init",
  "create init",
  "main",
  "terminate",
  "shutdown",
] as const;
export type Phase = (typeof PHASES)[number];

/** The phases that users write as task files. */
export const FILE_PHASES = ["dependencies", "init", "main", "terminate"] as const;
export type FilePhase = (typeof FILE_PHASES)[number];

export const isFilePhase = (phase: Phase): phase is FilePhase =>
  (FILE_PHASES as readonly string[]).includes(phase);
