import { FarmError } from "../errors.js";
import type {
  DomainType,
  HypervisorState,
  Placement,
  Rejection,
  Requirements,
  VmRequest,
  Warmth,
} from "./model.js";
import { noKvm, type Refusal, suitability } from "./suitability.js";

/** A hypervisor, and what this plan has given it so far. */
interface Place {
  readonly hypervisor: HypervisorState;
  vcpus: number;
  ramMiB: number;
  vms: number;
  /** What was said of it since it was last given a VM, by the reason: a thousand VMs are passed over for the same ones. */
  readonly said: Map<string, Rejection>;
}

interface Candidate {
  readonly place: Place;
  /** What is there to restore, unless the hypervisor is full: then it would have to wait. */
  readonly warm: Warmth | undefined;
  readonly wanted: Requirements;
  readonly domainType: DomainType;
}

/**
 * Gives each VM, in the order given, to the least loaded of the hypervisors that run it under KVM; when none does, of
 * those that emulate it; among these to one that has a restore point of it, unless that one is full. Loads compare by the fuller of vCPUs and memory given in this plan; equals by inventory order.
 */
export function place(requests: readonly VmRequest[], hypervisors: readonly HypervisorState[]): Placement[] {
  const places = hypervisors.map(
    (hypervisor): Place => ({ hypervisor, vcpus: 0, ramMiB: 0, vms: 0, said: new Map() }),
  );
  return requests.map((request) => placeOne(request, places));
}

function placeOne(request: VmRequest, places: readonly Place[]): Placement {
  const judged = places.map((place) => judge(request, place));
  const candidates = judged.filter((one): one is Candidate => "wanted" in one);
  const chosen = best(candidates);
  const rejected = places.flatMap((place, index): Rejection[] => {
    const one = judged[index];
    if (!one || one === chosen) return [];
    if (!("wanted" in one)) return [rejection(place, one.refused)];
    return chosen ? [rejection(place, whyNot(one, chosen))] : [];
  });
  if (!chosen) {
    return {
      vm: request.name,
      hypervisor: null,
      domainType: null,
      reason: noPlace(places, rejected),
      rejected,
    };
  }
  const { place, wanted, domainType } = chosen;
  const reason = whyThere(chosen, candidates);
  place.vcpus += wanted.vcpus;
  place.ramMiB += wanted.ramMiB;
  place.vms += 1;
  place.said.clear();
  return { vm: request.name, hypervisor: place.hypervisor.name, domainType, reason, rejected };
}

function rejection({ hypervisor: { name }, said }: Place, reason: string): Rejection {
  const known = said.get(reason) ?? { hypervisor: name, reason };
  said.set(reason, known);
  return known;
}

function judge(request: VmRequest, place: Place): Candidate | Refusal {
  const { hypervisor } = place;
  if (!hypervisor.reachable) return { refused: hypervisor.error ?? "not reachable" };
  try {
    const wanted = request.requirements(hypervisor);
    const suitable = suitability(wanted, hypervisor);
    if ("refused" in suitable) return suitable;
    const warm = hasRoom(place, wanted) ? request.warm?.(hypervisor.name) : undefined;
    return { place, wanted, warm, domainType: suitable.domainType };
  } catch (error) {
    if (error instanceof FarmError) return { refused: error.message };
    throw error;
  }
}

function best(candidates: readonly Candidate[]): Candidate | undefined {
  let chosen: Candidate | undefined;
  for (const candidate of candidates) {
    if (!chosen || isBetter(candidate, chosen)) chosen = candidate;
  }
  return chosen;
}

function isBetter(one: Candidate, other: Candidate): boolean {
  if (one.domainType !== other.domainType) return one.domainType === "kvm";
  if (one.warm !== other.warm) return WARMTH.indexOf(one.warm) > WARMTH.indexOf(other.warm);
  return load(one.place) < load(other.place);
}

const WARMTH: readonly (Warmth | undefined)[] = [undefined, "clean", "init"];

/** Whether it could start at once beside what this plan has given already. */
function hasRoom({ hypervisor, vcpus, ramMiB, vms }: Place, wanted: Requirements): boolean {
  const { cpus, freeMemoryMiB, maxVms } = hypervisor;
  if (vms === 0) return true;
  if (ramMiB + wanted.ramMiB > freeMemoryMiB) return false;
  return maxVms === undefined ? vcpus + wanted.vcpus <= cpus : vms < maxVms;
}

const load = ({ hypervisor, vcpus, ramMiB }: Place): number =>
  Math.max(vcpus / Math.max(1, hypervisor.cpus), ramMiB / Math.max(1, hypervisor.memoryMiB));

/** It is shown behind the domain's type. */
function whyThere({ place, wanted, warm, domainType }: Candidate, candidates: readonly Candidate[]): string {
  const asked = wanted.domainType ? "as asked, " : "";
  const rivals = candidates.filter((other) => other.domainType === domainType);
  if (rivals.length === 1) return `${asked}the only one that offers it for ${wanted.arch}`;
  if (warm && rivals.some((other) => other.warm !== warm)) return `${asked}its '${warm}' is there`;
  return `${asked}the least loaded of ${rivals.length}: ${given(place)}`;
}

function whyNot({ place, wanted, warm, domainType }: Candidate, chosen: Candidate): string {
  if (domainType !== chosen.domainType) return `only ${domainType}: ${noKvm(wanted.arch, place.hypervisor)}`;
  if (warm !== chosen.warm)
    return warm === undefined ? "no restore point of it is there" : `only its '${warm}' is there`;
  const more = load(place) > load(chosen.place);
  return more ? `more loaded: ${given(place)}` : `as loaded, and later in the inventory: ${given(place)}`;
}

const given = ({ hypervisor, vcpus, ramMiB }: Place): string =>
  `${vcpus} of ${hypervisor.cpus} vCPUs and ${ramMiB} of ${hypervisor.memoryMiB} MiB given`;

function noPlace(places: readonly Place[], rejected: readonly Rejection[]): string {
  if (places.length === 0) return "there is no hypervisor";
  const [first] = rejected;
  const same = rejected.every(({ reason }) => reason === first?.reason);
  return same && first ? `no hypervisor can run it: ${first.reason}` : "no hypervisor can run it";
}
