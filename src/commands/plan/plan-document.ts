import type { HypervisorState } from "../../dispatch/model.js";
import { ConfigError } from "../../errors.js";
import { isFilePhase, PHASES } from "../../phases.js";
import type { PlannedVm } from "../../provision/plan/make-plan.js";
import { maskSecretKeys } from "../../report/mask.js";
import { originOf, type PlanPoint, planPoints, planSteps } from "./plan-steps.js";

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
  /** clean, dependencies and init, as far as the VM has them. */
  readonly points: readonly PlanPoint[];
  readonly steps: readonly string[];
  /** Addresses of what its disks begin with. */
  readonly images: readonly string[];
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

/** The document's JSON, piece by piece: of ten thousand VMs it is longer than what is known of them. */
export function* planJson({ vms, ...others }: FarmPlan): Generator<string> {
  yield '{\n  "vms": [';
  for (const [index, vm] of vms.entries()) yield `${index === 0 ? "" : ","}\n    ${indented(vm, 4)}`;
  yield vms.length === 0 ? "]" : "\n  ]";
  for (const [key, value] of Object.entries(others))
    yield `,\n  ${JSON.stringify(key)}: ${indented(value, 2)}`;
  yield "\n}\n";
}

const indented = (value: unknown, by: number): string =>
  JSON.stringify(value, undefined, 2).replaceAll("\n", `\n${" ".repeat(by)}`);

function planVm(
  { blueprint, placement, phases, placed, choices = {}, there }: PlannedVm,
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
    points: planPoints(choices, allowed),
    steps: placed ? planSteps(placed, choices, there) : [],
    images: placed ? placed.recipes.map(originOf) : [],
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
