import { ConfigError, GuestError } from "../../errors.js";
import type { VmBlueprint } from "../../expand/vm-blueprint.js";
import { networkOf } from "../../libvirt/domain/card.js";
import type { LibvirtDriver } from "../../libvirt/driver.js";
import type { OwnedDomain } from "../../libvirt/owned-domain.js";
import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import { instanceOf } from "../../naming.js";
import type { Project } from "../../project/project.js";
import { didYouMean } from "../../values/nearest.js";
import type { HypervisorSession } from "../model.js";

/** A VM that an earlier run left, and where it is. */
export interface KeptVm {
  readonly vm: VmBlueprint;
  readonly definition: VmDefinition;
  readonly session: HypervisorSession;
  readonly libvirt: LibvirtDriver;
  /** libvirt's address on its hypervisor. */
  readonly uri: string;
  readonly domain: OwnedDomain;
}

/** The VM of that name. @throws ConfigError that names the one that was meant */
export function vmNamed(name: string, vms: readonly VmBlueprint[]): VmBlueprint {
  const vm = vms.find((each) => each.name === name);
  if (vm) return vm;
  const names = vms.map((each) => each.name);
  throw new ConfigError(`the inventory has no VM '${name}'${didYouMean(name, names)}`, {
    hint: `its VMs are ${names.slice(0, 8).join(", ")}${names.length > 8 ? ` and ${names.length - 8} more` : ""}`,
  });
}

/** Those of the VMs that there are on the hypervisors that answered, running or not, in the VMs' order. */
export async function findKept(
  vms: readonly VmBlueprint[],
  project: Project,
  instance: string | undefined,
  sessions: readonly HypervisorSession[],
  signal: AbortSignal,
): Promise<KeptVm[]> {
  const all = await Promise.all(
    sessions.map(async (session) => {
      const host = project.hypervisors.find(({ name }) => name === session.name);
      const uri = host?.libvirtUri ?? "qemu:///session";
      const libvirt = session.libvirt(uri);
      return (await libvirt.list(signal)).map((domain) => ({ session, libvirt, uri, domain }));
    }),
  );
  const mine = all
    .flat()
    .filter(
      ({ domain: { ownership } }) =>
        ownership.project === project.projectId && instanceOf(ownership.directory) === instance,
    );
  return vms.flatMap((vm) => {
    const places = mine.filter(({ domain }) => domain.ownership.vm === vm.name);
    const place = places.find(({ domain }) => domain.active) ?? places[0];
    if (!place) return [];
    const { domainType = "qemu" } = vm.requirements(place.session.state);
    const definition = vm.define(place.session.state, domainType);
    const net = networkOf(definition.net, place.domain.ownership.directory);
    return [{ vm, definition: { ...definition, net }, ...place }];
  });
}

/** The one VM, which must run. @throws GuestError when it does not */
export function running(vm: VmBlueprint, [kept]: readonly KeptVm[]): KeptVm {
  if (!kept)
    throw new GuestError(`'${vm.name}' runs on no hypervisor`, {
      hint: "`farm run --keep` leaves VMs running",
    });
  if (!kept.domain.active)
    throw new GuestError(`'${vm.name}' on '${kept.session.name}' is shut off`, {
      hint: `\`farm start ${vm.name}\` starts it`,
    });
  return kept;
}
