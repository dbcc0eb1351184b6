import type { HypervisorState } from "../dispatch/model.js";
import { HypervisorError } from "../errors.js";
import type { PlacedVm } from "./model.js";

/** The definition's own, else the hypervisor's for that architecture. @throws HypervisorError */
export function emulatorOf({ definition }: PlacedVm, state: HypervisorState): string {
  const emulator = definition.emulator ?? state.emulators[definition.arch];
  if (emulator !== undefined) return emulator;
  throw new HypervisorError(`'${state.name}' has no emulator for ${definition.arch}`);
}
