import type { HypervisorState } from "../dispatch/model.js";
import { HypervisorError } from "../errors.js";
import type { PlacedVm } from "./model.js";

/** The definition's own, else the hypervisor's for that architecture. @throws HypervisorError */
export function emulatorOf({ definition }: PlacedVm, state: HypervisorState): string {
  const { arch, virt_domain: domainType, emulator: own } = definition;
  const emulator = own ?? state.offer?.(arch, domainType)?.emulator ?? state.emulators[arch];
  if (emulator !== undefined) return emulator;
  throw new HypervisorError(`'${state.name}' has no emulator for ${arch}`);
}
