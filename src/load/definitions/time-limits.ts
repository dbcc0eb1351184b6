import { z } from "zod";
import { formatPosition } from "../../errors.js";
import { FILE_PHASES, type FilePhase } from "../../phases.js";
import type { Scope } from "../../template/scope.js";
import type { TimeLimit } from "../../time-limit.js";
import { duration } from "../../values/lenient.js";
import { isMapping, type Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { parseWith } from "../../values/validate.js";
import { pickVariables } from "../inventory/pick.js";

/** The variable of a VM with the time of its phases: one for each of them, or a mapping by their names. */
export const PHASE_TIMEOUT = "phase_timeout";

/** The variable of localhost, or of all VMs, with the time of a whole run. */
export const RUN_TIMEOUT = "run_timeout";

const One = z.object({ [PHASE_TIMEOUT]: duration });
const ByPhase = z.object({
  [PHASE_TIMEOUT]: z
    .strictObject({
      dependencies: duration,
      init: duration,
      main: duration,
      terminate: duration,
    } satisfies Record<FilePhase, unknown>)
    .partial(),
});

/** The limits of phases; 0 is none. @param picked evaluated, with positions @throws ConfigError(s) */
export function phaseLimits(picked: Mapping): Partial<Record<FilePhase, TimeLimit>> {
  const written = picked[PHASE_TIMEOUT];
  if (written === undefined) return {};
  const limits: Partial<Record<FilePhase, TimeLimit>> = {};
  if (!isMapping(written)) {
    const ms = parseWith(One, picked, "the VMs' variables")[PHASE_TIMEOUT];
    for (const phase of FILE_PHASES) put(limits, phase, ms, from(PHASE_TIMEOUT, picked, PHASE_TIMEOUT));
    return limits;
  }
  const times = parseWith(ByPhase, picked, "the VMs' variables")[PHASE_TIMEOUT];
  for (const phase of FILE_PHASES)
    put(limits, phase, times[phase] ?? 0, from(`${PHASE_TIMEOUT}.${phase}`, written, phase));
  return limits;
}

/** The limit of a run; 0 is none. @param variables localhost's over those of all VMs @throws ConfigError */
export function runLimit(variables: Mapping, scope: Scope): TimeLimit | undefined {
  const picked = pickVariables({ [RUN_TIMEOUT]: [RUN_TIMEOUT] }, variables, scope);
  if (!Object.hasOwn(picked, RUN_TIMEOUT)) return undefined;
  const ms = parseWith(z.object({ [RUN_TIMEOUT]: duration }), picked, "localhost's variables")[RUN_TIMEOUT];
  return ms === 0 ? undefined : { ms, from: from(RUN_TIMEOUT, picked, RUN_TIMEOUT) };
}

function put(
  limits: Partial<Record<FilePhase, TimeLimit>>,
  phase: FilePhase,
  ms: number,
  from: string,
): void {
  if (ms > 0) limits[phase] = { ms, from };
}

function from(name: string, container: Mapping, key: string): string {
  const position = positionOf(container, key);
  return position ? `${name} at ${formatPosition(position)}` : name;
}
