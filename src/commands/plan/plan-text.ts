import type { Colors } from "picocolors/types.js";
import { FILE_PHASES } from "../../phases.js";
import { harmless } from "../../report/harmless.js";
import type { Ruler } from "../../report/ruler.js";
import { type Cell, table } from "../../report/table.js";
import { formatAge } from "../../values/age.js";
import { formatSize } from "../../values/size.js";
import type { FarmPlan } from "./plan-document.js";

type PlanVm = FarmPlan["vms"][number];

/** How a plan is shown. */
export interface PlanStyle {
  readonly ruler: Ruler;
  readonly colors: Colors;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Every reason and step besides. */
  readonly explain: boolean;
}

/** The plan for people: the VMs, why some have no place, how many start warm, the hypervisors. */
export function planText(plan: FarmPlan, style: PlanStyle): string {
  const { ruler, colors } = style;
  const vms = table(
    ["VM", "ARCH", "ON", "STARTS FROM", "RUNS", "MAKES"],
    plan.vms.map((vm) => vmRow(vm, style)),
    ruler,
    colors.bold,
  );
  const reasons = style.explain
    ? plan.vms.map((vm) => explained(vm))
    : [...plan.vms.filter(({ hypervisor }) => hypervisor === null).map(explained), remadeLines(plan.vms)];
  const hypervisors = table(
    ["HYPERVISOR", "CPUS", "MEMORY", "GUESTS"],
    plan.hypervisors.map((each) => hypervisorRow(each, colors)),
    ruler,
    colors.bold,
  );
  const blocks = [vms, ...reasons, [countLine(plan, colors)], hypervisors];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function vmRow(vm: PlanVm, { colors, now }: PlanStyle): Cell[] {
  const { name, arch, hypervisor, domainType } = vm;
  if (hypervisor === null) return [name, arch, { text: "NO PLACE", color: colors.red }];
  const made = vm.points.filter(({ action }) => action === "make" || action === "remake");
  return [
    name,
    arch,
    `${hypervisor} (${domainType})`,
    startCell(vm, now, colors),
    phasesThatRun(vm).join(", ") || { text: "nothing", color: colors.yellow },
    made.map(({ kind, action }) => (action === "remake" ? `${kind} again` : kind)).join(", ") || "-",
  ];
}

/** The restore point and its age, or the image. */
function startCell(vm: PlanVm, now: number, colors: Colors): Cell {
  const point = restored(vm);
  if (!point) return { text: "image", color: colors.yellow };
  const age = point.created === undefined ? "" : `, ${formatAge(now - Date.parse(point.created))} old`;
  return { text: `${point.kind}${age}`, color: colors.green };
}

const restored = ({ points }: PlanVm) => points.find(({ action }) => action === "restore");

/** Those of task files that are not skipped. */
export const phasesThatRun = ({ steps }: PlanVm): string[] =>
  FILE_PHASES.filter((phase) =>
    steps.some((step) => step.startsWith(`${phase}: `) && !step.startsWith(`${phase}: skipped`)),
  );

/** Why a VM goes where it goes, and all that would be done with it. */
function explained({ name, hypervisor, domainType, reason, rejected, points, steps }: PlanVm): string[] {
  const where = hypervisor === null ? "NO PLACE" : `${hypervisor} (${domainType})`;
  const lines = [
    `${name} -> ${where}: ${reason}`,
    ...rejected
      .filter((each) => rejected.length > 1 || !reason.includes(each.reason))
      .map((each) => `    not ${each.hypervisor}: ${each.reason}`),
    ...points.flatMap(({ kind, because }) =>
      because === undefined ? [] : [`    no point '${kind}': ${because}`],
    ),
    ...steps.map((step) => `    ${step}`),
  ];
  return lines.map((line) => harmless(line).replaceAll("\n", " "));
}

const MOST_NAMES = 3;

/** Why points are made again, those of all VMs with the same reason together. */
function remadeLines(vms: readonly PlanVm[]): string[] {
  const namesOf = new Map<string, string[]>();
  for (const { name, points } of vms) {
    const remade = points.filter(({ action }) => action === "remake");
    for (const reason of new Set(remade.map(({ because = "" }) => because))) {
      const kinds = remade.filter(({ because = "" }) => because === reason).map(({ kind }) => kind);
      const what = `${kinds.join(", ")} again, ${reason}`;
      const names = namesOf.get(what) ?? [];
      namesOf.set(what, names);
      names.push(name);
    }
  }
  return [...namesOf].map(([what, names]) => {
    const more = names.length - MOST_NAMES;
    const others = more > 0 ? ` and ${more} other${more === 1 ? "" : "s"}` : "";
    return harmless(`${what}: ${names.slice(0, MOST_NAMES).join(", ")}${others}`).replaceAll("\n", " ");
  });
}

function countLine({ vms }: FarmPlan, colors: Colors): string {
  const lost = vms.filter(({ hypervisor }) => hypervisor === null).length;
  const warm = vms.filter((vm) => restored(vm) !== undefined).length;
  const parts = [
    colors.green(`${warm} warm`),
    colors.yellow(`${vms.length - warm - lost} cold`),
    ...(lost === 0 ? [] : [colors.red(`${lost} without a place`)]),
  ];
  return `${vms.length} VM${vms.length === 1 ? "" : "s"}: ${parts.join(", ")}`;
}

function hypervisorRow(one: FarmPlan["hypervisors"][number], colors: Colors): Cell[] {
  const color = colors.red;
  if (!one.reachable) return [one.name, "-", "-", { text: `not reachable: ${one.error}`, color }];
  const types = Object.entries(one.domainTypes).map(([arch, names]) => `${arch} (${names.join(", ")})`);
  return [one.name, String(one.cpus), formatSize(one.memoryMiB * 2 ** 20), types.join(", ") || "no guests"];
}
