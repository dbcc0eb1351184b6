import { harmless } from "../report/harmless.js";
import type { FarmPlan } from "./plan-document.js";

/** The plan as text: a block a VM, then the hypervisors. */
export function planText(plan: FarmPlan): string {
  const blocks = plan.vms.map((vm) => {
    const where = vm.hypervisor === null ? "NO PLACE" : `${vm.hypervisor} (${vm.domainType})`;
    const lines = [`${vm.name}  ${vm.arch}  -> ${where}: ${vm.reason}`];
    for (const { hypervisor, reason } of vm.rejected) lines.push(`    not ${hypervisor}: ${reason}`);
    for (const step of vm.steps) lines.push(`    ${step}`);
    return lines.join("\n");
  });
  const hypervisors = plan.hypervisors.map((one) => {
    if (!one.reachable) return `  ${one.name}: not reachable: ${one.error}`;
    const types = Object.entries(one.domainTypes).map(([arch, names]) => `${arch} (${names.join(", ")})`);
    return `  ${one.name}: ${one.cpus} CPUs, ${one.memoryMiB} MiB; ${types.join(", ") || "no guests"}`;
  });
  return harmless([...blocks, ["hypervisors", ...hypervisors].join("\n")].join("\n\n"));
}
