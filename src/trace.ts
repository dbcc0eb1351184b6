import { z } from "zod";

const fingerprints = z.record(z.string(), z.string().nullable());

/** Fingerprints of what the tasks looked at; null for what was not there. */
export const Trace = z.object({
  /** Paths: those in the project's directory are relative to it; `PATH:1-12` is what stands in the first twelve lines, `PATH.*` which files have that name. */
  files: fingerprints,
  variables: fingerprints,
  environment: fingerprints,
});
export type Trace = z.infer<typeof Trace>;
