import type { DomainType, HypervisorState, Requirements } from "../dispatch/model.js";
import type { VmDefinition } from "../load/definitions/vm-definition.js";

/** Whether farm gets in by a network that needs no privileges: the VM's own, or the one beside a switch. */
const isUser = ({ type }: { readonly type: string }): boolean => type === "user" || type === "vde";

interface Machine {
  readonly arch: string;
  readonly type: DomainType;
  readonly emulator: string | undefined;
}
type Offers = Pick<HypervisorState, "passt" | "offer">;

/** Why a VM cannot have the user network that it asks for; undefined for nothing. Where libvirt does not tell, nothing lacks. */
export function userNetworkLack(
  { arch, net, emulator }: Pick<Requirements, "arch" | "net" | "emulator">,
  type: DomainType,
  state: Offers,
): string | undefined {
  if (!net || !isUser(net)) return undefined;
  const noPasst = passtLack({ arch, type, emulator }, state);
  const backends = state.offer?.(arch, type, emulator)?.netBackends ?? [];
  const noSlirp = backends.length > 0 && !backends.includes("default");
  if (net.backend === "passt") return noPasst === undefined ? undefined : `no passt: ${noPasst}`;
  if (!noSlirp) return undefined;
  if (net.backend === "default") return `QEMU for ${arch} has no user network of its own (slirp)`;
  return noPasst && `no user network for ${arch}: QEMU has none of its own (slirp), nor passt: ${noPasst}`;
}

/** Why passt cannot be used; undefined when it can. */
function passtLack({ arch, type, emulator }: Machine, { passt, offer }: Offers): string | undefined {
  if (!passt) return "libvirt did not say what it is";
  if (!passt.usable) return passt.reason;
  const backends = offer?.(arch, type, emulator)?.netBackends ?? [];
  return backends.length > 0 && !backends.includes("passt") ? `libvirt has none for ${arch}` : undefined;
}

/** The definition with passt for its user network, where nobody chose and it is there. */
export function withUserNetwork(definition: VmDefinition, state: Offers): VmDefinition {
  const { net, arch, virt_domain: type, emulator } = definition;
  if (!isUser(net) || net.backend !== undefined || passtLack({ arch, type, emulator }, state) !== undefined)
    return definition;
  return { ...definition, net: { ...net, backend: "passt" } };
}
