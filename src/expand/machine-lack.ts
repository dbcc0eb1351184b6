import type { DomainType, GuestOffer, HypervisorState, Requirements } from "../dispatch/model.js";
import { didYouMean } from "../values/nearest.js";
import { lacksCpu } from "./machine-defaults.js";
import { userNetworkLack } from "./user-network.js";

/** What the definition names of the machine and is not there. Of an emulator of the user's own libvirt tells no list of machines. */
export function lackOf(
  wanted: Requirements,
  type: DomainType,
  state: Pick<HypervisorState, "machines" | "offer" | "passt" | "named">,
): string | undefined {
  const { arch, machine, cpu, firmware, emulator } = wanted;
  const { machines = {}, offer, named } = state;
  if (emulator !== undefined && named?.missing.has(emulator)) return `no emulator ${emulator}`;
  const known = emulator === undefined && Object.hasOwn(machines, arch) ? machines[arch] : undefined;
  if (machine !== undefined && known && !known.includes(machine))
    return `no machine '${machine}' for ${arch}${instead(machine, known)}`;
  const offered = offer?.(arch, type, emulator);
  if (cpu !== undefined && offered && lacksCpu(offered, cpu))
    return `no processor '${cpu}' for ${arch} by ${type}${instead(cpu, processors(offered))}`;
  if (firmware === "efi" && offered && !offered.firmware.includes("efi"))
    return `libvirt knows no UEFI for ${arch}`;
  if (firmware !== undefined && named?.missing.has(firmware))
    return `no firmware ${firmware}${instead(firmware, offered?.loaders ?? [])}`;
  return userNetworkLack(wanted, type, state);
}

const processors = ({ cpuModes, cpuModels }: GuestOffer): string[] => [
  ...cpuModes.filter((mode) => mode !== "custom"),
  ...cpuModels,
];

const SOME = 8;

/** What is there: the nearest name, else some. */
function instead(name: string, there: readonly string[]): string {
  const meant = didYouMean(name, new Set(there));
  if (meant !== "") return meant;
  const more = there.length > SOME ? ` and ${there.length - SOME} more` : "";
  return there.length === 0 ? "" : `; it has ${there.slice(0, SOME).join(", ")}${more}`;
}
