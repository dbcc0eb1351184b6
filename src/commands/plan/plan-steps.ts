import type { OwnCallback, Provided } from "../../images/recipe/image-recipe.js";
import { callbacksOf } from "../../images/recipe/own-callback.js";
import { isByAgent } from "../../load/definitions/vm-definition.js";
import { FILE_PHASES, type Phase } from "../../phases.js";
import { midwayPhase, phasesOf } from "../../provision/life-cycle.js";
import type { PlacedVm } from "../../provision/model.js";
import { formatDuration } from "../../report/duration.js";
import { goesOn, type PointChoices, restoredPoint } from "../../restore/choices.js";
import { type Manifest, POINT_KINDS, type PointKind, pointTitle } from "../../restore/manifest.js";
import { formatSize } from "../../values/size.js";

/** What is to become of a restore point. */
export interface PlanPoint {
  readonly kind: PointKind | "checkpoint";
  readonly action: "restore" | "make" | "remake" | "none";
  /** Of a restored one, ISO 8601. */
  readonly created?: string;
  readonly because?: string;
}

/** Every kind that a VM has. @param allowed its phases */
export const planPoints = (choices: PointChoices, allowed: ReadonlySet<string>): PlanPoint[] =>
  (["clean", "dependencies", "checkpoint", "init"] as const).flatMap((kind) =>
    pointOf(kind, choices, allowed),
  );

function pointOf(kind: PlanPoint["kind"], choices: PointChoices, allowed: ReadonlySet<string>): PlanPoint[] {
  const choice = choices[kind];
  const restored = restoredPoint(choices);
  if (!choice) return [];
  if (choice.restore)
    return choice.restore === restored
      ? [{ kind, action: "restore", created: choice.restore.created }]
      : [{ kind, action: "none" }];
  if (restored && isBehind(kind, restored)) return [{ kind, action: "none" }];
  const { again, because } = choice;
  if (!allowed.has(kind === "clean" ? "create clean" : "create init"))
    return [{ kind, action: "none", because }];
  return [{ kind, action: again ? "remake" : "make", because }];
}

/** Whether a guest that is restored has what a point of a kind would hold. */
const isBehind = (kind: PlanPoint["kind"], restored: Manifest): boolean =>
  kind === "checkpoint"
    ? restored.kind === "init" && restored.tasks === undefined
    : POINT_KINDS.indexOf(kind) < POINT_KINDS.indexOf(restored.kind);

/** What `run` would do with a VM, in its order, in words. */
export function planSteps(
  vm: PlacedVm,
  choices: PointChoices,
  there: ReadonlySet<OwnCallback> = new Set(),
): string[] {
  const restored = restoredPoint(choices);
  return phasesOf(vm, false, choices).flatMap(({ phase, skip }) => {
    if (skip !== undefined) return [`${phase}: skipped, ${skip}`];
    if (phase === "startup") return [...diskSteps(vm, there), ...(restored ? [] : bootSteps(vm))];
    return phaseSteps(phase, vm, choices, restored);
  });
}

function phaseSteps(
  phase: Phase,
  vm: PlacedVm,
  choices: PointChoices,
  restored: Manifest | undefined,
): string[] {
  switch (phase) {
    case "restore init":
    case "restore clean":
      return restored ? [`${phase}: ${howRestored(restored, vm)}`, logIn(vm)] : [];
    case "create init":
      return [`${phase}: ${newPoint(choices.init)}`];
    case "create clean":
      return [`${phase}: ${newPoint(choices.clean)}`];
    case "shutdown":
      return ["shutdown: end the VM and remove its domain and overlays"];
    default: {
      const file = FILE_PHASES.find((name) => name === phase);
      const after =
        restored && midwayPhase(restored) === phase ? `, after ${restored.tasks} of its tasks` : "";
      const limit = file && vm.blueprint.settings.phaseLimits[file];
      const within = limit ? `, at most ${formatDuration(limit.ms)} (${limit.from})` : "";
      return [`${phase}: ${file ? (vm.files[file]?.path ?? "") : ""}${after}${within}`];
    }
  }
}

const diskSteps = ({ recipes, besides }: PlacedVm, there: ReadonlySet<OwnCallback>): string[] => [
  ...besides.map(({ shown }) => `callback: ${shown} runs`),
  ...recipes.flatMap((recipe) => [
    ...(isMadeOfNothing(recipe) ? [] : [`image: ${originOf(recipe)}`]),
    ...callbacksOf(recipe).map((callback) => callbackStep(callback, there.has(callback))),
  ]),
  ...recipes.map(
    ({ dest, sizeBytes }) => `overlay: ${dest}${sizeBytes === undefined ? "" : `, ${formatSize(sizeBytes)}`}`,
  ),
];

const callbackStep = ({ shown, dest = "" }: OwnCallback, isThere: boolean): string =>
  isThere ? `callback: ${shown} made ${dest} before` : `callback: ${shown} runs, makes ${dest}`;

const isMadeOfNothing = (recipe: Provided): boolean => {
  const [first] = callbacksOf(recipe);
  return first !== undefined && first.from === undefined;
};

/** The address of what an image begins with, or the first callback of the user's where it begins with that. */
export function originOf(recipe: Provided): string {
  const [first] = callbacksOf(recipe);
  return first?.from?.recipe.url ?? recipe.url;
}

function bootSteps(vm: PlacedVm): string[] {
  const { arch, virt_domain: type, vcpus, ram } = vm.definition;
  return [`boot: ${arch} under ${type}, ${vcpus} vCPUs, ${ram} MiB`, logIn(vm)];
}

const logIn = ({ definition }: PlacedVm): string =>
  isByAgent(definition)
    ? `agent: wait for the guest's, as ${definition.metadata.auth.user}`
    : `ssh: log in as ${definition.metadata.auth.user}`;

const howRestored = (point: Manifest, { blueprint }: PlacedVm): string =>
  `${pointTitle(point)} of ${point.created}, ${goesOn(point, blueprint.settings.restoreMode) ? "with its memory" : "booted"}`;

function newPoint(choice: PointChoices[PointKind]): string {
  if (!choice || choice.restore) return "made";
  return `${choice.again ? "remade" : "made"}, ${choice.because}`;
}
