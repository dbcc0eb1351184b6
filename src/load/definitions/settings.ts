import { z } from "zod";
import type { Position } from "../../errors.js";
import { type FilePhase, PHASES, type Phase } from "../../phases.js";
import type { Scope } from "../../template/scope.js";
import type { TimeLimit } from "../../time-limit.js";
import { anyNumber, size, someText } from "../../values/lenient.js";
import type { Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { parseWith } from "../../values/validate.js";
import { pickVariables } from "../inventory/pick.js";
import { PHASE_TIMEOUT, phaseLimits } from "./time-limits.js";

/** How a guest is provisioned: the variables of ansible_farm's guest_provision, checked. */
export interface VmSettings {
  readonly allowedPhases: readonly Phase[];
  /** Seconds a guest may take until it can be logged in to. */
  readonly connectionTimeout: number;
  readonly projectId: string;
  readonly projectRevision: string;
  /** `phases_lookup_dir_path` as written. */
  readonly phasesDirectory?: string;
  readonly phasesDirectoryPosition?: Position | undefined;
  /** The user's own key for guests; may begin with `~/`. */
  readonly privateKeyFile?: string;
  readonly snapshotType: "internal" | "external";
  /** `live` keeps a guest's memory in restore points, `cold` only its disks. */
  readonly restoreMode: "live" | "cold";
  /** Seconds after which `init` is made anew whatever it was made from. */
  readonly initMaxAge?: number;
  /** Paths and globs of the guest, brought to `--artifacts DIR`. */
  readonly artifacts: readonly string[];
  /** Bytes that they may have together. */
  readonly artifactsMaxSize: number;
  /** How long each of the phases that users write may take. */
  readonly phaseLimits: Readonly<Partial<Record<FilePhase, TimeLimit>>>;
}

/** A text with commas stands for a list, since the command line has no lists. */
const phaseList = z.preprocess(
  (value) => (typeof value === "string" ? value.split(",").map((phase) => phase.trim()) : value),
  z.array(z.enum(PHASES)),
);

/** What the variables of VMs are called that are farm's own, and what each may be. */
export const SettingVariables = z.object({
  allowed_phases: phaseList.default([...PHASES]),
  connection_timeout: anyNumber(1).default(120),
  project_id: someText.optional(),
  project_revision: someText.default("0"),
  phases_lookup_dir_path: someText.optional(),
  ansible_ssh_private_key_file: someText.optional(),
  snapshot_type: z.enum(["internal", "external"]).default("internal"),
  restore_mode: z.enum(["live", "cold"]).default("live"),
  init_max_age: anyNumber(1).optional(),
  artifacts: z
    .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(someText))
    .default([]),
  artifacts_max_size: size.default(100 * 2 ** 20),
  [PHASE_TIMEOUT]: z.unknown().optional(),
});

const SPELLINGS = {
  ...Object.fromEntries(Object.keys(SettingVariables.shape).map((name) => [name, [name]])),
  ansible_ssh_private_key_file: ["ansible_ssh_private_key_file", "ansible_private_key_file"],
};

/**
 * @param defaultProject the project_id when nobody says one
 * @throws ConfigError(s) at the variable's place
 */
export function vmSettings(variables: Mapping, scope: Scope, defaultProject: string): VmSettings {
  const picked = pickVariables(SPELLINGS, variables, scope);
  const parsed = parseWith(SettingVariables, picked, "the VMs' variables");
  return {
    allowedPhases: parsed.allowed_phases,
    connectionTimeout: parsed.connection_timeout,
    projectId: parsed.project_id ?? defaultProject,
    projectRevision: parsed.project_revision,
    ...(parsed.phases_lookup_dir_path !== undefined && {
      phasesDirectory: parsed.phases_lookup_dir_path,
      phasesDirectoryPosition: positionOf(variables, "phases_lookup_dir_path"),
    }),
    ...(parsed.ansible_ssh_private_key_file !== undefined && {
      privateKeyFile: parsed.ansible_ssh_private_key_file,
    }),
    snapshotType: parsed.snapshot_type,
    restoreMode: parsed.restore_mode,
    artifacts: parsed.artifacts,
    artifactsMaxSize: parsed.artifacts_max_size,
    phaseLimits: phaseLimits(picked),
    ...(parsed.init_max_age !== undefined && { initMaxAge: parsed.init_max_age }),
  };
}
