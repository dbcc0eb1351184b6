import type { HypervisorState } from "../dispatch/model.js";
import { FarmError } from "../errors.js";
import type { VmBlueprint } from "../expand/vm-blueprint.js";

/** What a project's VMs ask of one hypervisor. */
export interface Wants {
  /** libvirt's architectures -> names of the VMs. */
  readonly architectures: ReadonlyMap<string, readonly string[]>;
  /** Paths of firmware images and kernels. */
  readonly files: readonly string[];
  /** libvirt finds a UEFI firmware by itself for these architectures. */
  readonly efi: readonly string[];
  readonly pools: readonly string[];
  /** Of the largest VM. */
  readonly ramMiB: number;
}

/** Definitions that make no sense there are left out: `farm validate` and `farm plan` tell of them. */
export function wantsOf(vms: readonly VmBlueprint[], state: HypervisorState): Wants {
  const architectures = new Map<string, string[]>();
  const [files, efi, pools] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let ramMiB = 0;
  for (const vm of vms) {
    const definition = definitionOf(vm, state);
    if (!definition) continue;
    const { arch, firmware, kernel, metadata } = definition;
    architectures.set(arch, [...(architectures.get(arch) ?? []), vm.name]);
    if (firmware === "efi") efi.add(arch);
    else if (firmware !== undefined) files.add(firmware);
    if (kernel?.src !== undefined) files.add(kernel.src);
    pools.add(metadata.libvirt_pool_dir);
    ramMiB = Math.max(ramMiB, definition.ram);
  }
  return { architectures, files: [...files], efi: [...efi], pools: [...pools], ramMiB };
}

function definitionOf(vm: VmBlueprint, state: HypervisorState) {
  try {
    return vm.define(state, vm.requirements(state).domainType ?? "qemu");
  } catch (error) {
    if (error instanceof FarmError) return undefined;
    throw error;
  }
}
