import type { HypervisorState } from "../dispatch/model.js";
import { ConfigError } from "../errors.js";
import { formatSize } from "../images/size.js";
import { FILE_PHASES, isFilePhase, PHASES } from "../phases.js";
import type { PlannedVm } from "../provision/make-plan.js";
import type { PlacedVm } from "../provision/model.js";
import { phasesOf } from "../provision/provision-vm.js";
import { maskSecretKeys } from "../report/mask.js";

/** What `farm plan --format json` prints: a contract; keys may be added, none changed. */
export interface FarmPlan {
  readonly vms: readonly PlanVm[];
  readonly hypervisors: readonly PlanHypervisor[];
}

interface PlanVm {
  readonly name: string;
  readonly platform: string;
  readonly target: string;
  readonly arch: string;
  readonly hypervisor: string | null;
  readonly domainType: "kvm" | "qemu" | null;
  readonly reason: string;
  readonly rejected: readonly { readonly hypervisor: string; readonly reason: string }[];
  /** Where each phase's task file is; `file` is null for phases without one. */
  readonly phases: readonly {
    readonly name: string;
    readonly file: string | null;
    readonly allowed: boolean;
  }[];
  /** The merged definition, secrets masked; null without a place, since expressions see the hypervisor. */
  readonly definition: unknown;
  readonly steps: readonly string[];
}

interface PlanHypervisor {
  readonly name: string;
  readonly reachable: boolean;
  readonly error?: string;
  readonly domainTypes: Readonly<Record<string, readonly string[]>>;
  readonly cpus: number;
  readonly memoryMiB: number;
}

export function planDocument(vms: readonly PlannedVm[], states: readonly HypervisorState[]): FarmPlan {
  return { vms: vms.map((vm) => planVm(vm, states)), hypervisors: states.map(planHypervisor) };
}

function planVm(
  { blueprint, placement, phases, placed }: PlannedVm,
  states: readonly HypervisorState[],
): PlanVm {
  const allowed = new Set<string>(blueprint.settings.allowedPhases);
  return {
    name: blueprint.name,
    platform: blueprint.platform,
    target: blueprint.target,
    arch: placed?.definition.arch ?? archOf(blueprint, states),
    hypervisor: placement.hypervisor,
    domainType: placement.domainType,
    reason: placement.reason,
    rejected: placement.rejected,
    phases: PHASES.map((name) => ({
      name,
      file: isFilePhase(name) ? phases.found[name] : null,
      allowed: allowed.has(name),
    })),
    definition: placed ? maskSecretKeys(placed.definition) : null,
    steps: placed ? stepsOf(placed) : [],
  };
}

/** Stands in where no hypervisor answered: an architecture that depends on the hypervisor's own is a rare thing. */
const USUAL_FACTS = { ansible_architecture: "x86_64", ansible_env: {}, ansible_user_uid: 1000 };

/** Without a place there is no definition, but the facts of any hypervisor mostly do to know the architecture. */
function archOf(blueprint: PlannedVm["blueprint"], states: readonly HypervisorState[]): string {
  const usual = states.slice(0, 1).map((state) => ({ ...state, facts: USUAL_FACTS }));
  const archs = [...states, ...usual].map((state) => {
    try {
      return blueprint.requirements(state).arch;
    } catch (error) {
      if (error instanceof ConfigError) return undefined; // told as the reason why this hypervisor is passed over
      throw error;
    }
  });
  return archs.find((arch) => arch !== undefined) ?? "unknown";
}

const planHypervisor = ({
  name,
  reachable,
  error,
  domainTypes,
  cpus,
  memoryMiB,
}: HypervisorState): PlanHypervisor => ({
  name,
  reachable,
  ...(error !== undefined && { error }),
  domainTypes,
  cpus,
  memoryMiB,
});

/** What `run` would do with a VM, in its order, in words. */
function stepsOf(vm: PlacedVm): string[] {
  const { definition } = vm;
  const images = vm.recipes.map(({ url }) => `image: ${url}`);
  const disks = vm.recipes.map(
    ({ dest, sizeBytes }) => `overlay: ${dest}${sizeBytes ? `, ${formatSize(sizeBytes)}` : ""}`,
  );
  const boot = `boot: ${definition.arch} under ${definition.virt_domain}, ${definition.vcpus} vCPUs, ${definition.ram} MiB`;
  return phasesOf(vm, false).flatMap(({ phase, skip }) => {
    if (skip !== undefined) return [`${phase}: skipped, ${skip}`];
    if (phase === "startup")
      return [...images, ...disks, boot, `ssh: log in as ${definition.metadata.auth.user}`];
    if (phase === "shutdown") return ["shutdown: end the VM and remove its domain and overlays"];
    const file = FILE_PHASES.find((name) => name === phase);
    return [`${phase}: ${file ? (vm.files[file]?.path ?? "") : ""}`];
  });
}
