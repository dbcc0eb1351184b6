/** What one VM takes of its hypervisor while it runs. */
export interface Load {
  readonly vcpus: number;
  readonly ramMiB: number;
}

export interface Capacity {
  readonly cpus: number;
  /** What was free before any of `running` was started. */
  readonly freeMemoryMiB: number;
  /** The user's own limit; it replaces the one by cores, not the one by memory. */
  readonly maxVms?: number | undefined;
}

/** Whether one more VM of a queue may start beside those that run. One alone always may: QEMU will say if it cannot. */
export function fits(
  running: readonly Load[],
  next: Load,
  { cpus, freeMemoryMiB, maxVms }: Capacity,
): { readonly fits: boolean; readonly reason: string } {
  if (running.length === 0) return { fits: true, reason: "nothing else runs there" };
  const memory = sum(running, "ramMiB") + next.ramMiB;
  if (memory > freeMemoryMiB)
    return no(`${memory} MiB wanted together, ${Math.floor(freeMemoryMiB)} MiB free`);
  if (maxVms !== undefined) {
    return running.length < maxVms
      ? { fits: true, reason: `${running.length} of max_vms ${maxVms} run` }
      : no(`max_vms ${maxVms} run`);
  }
  const vcpus = sum(running, "vcpus") + next.vcpus;
  if (vcpus > cpus) return no(`${vcpus} vCPUs wanted together, ${cpus} in all`);
  return { fits: true, reason: `${vcpus} of ${cpus} vCPUs` };
}

const no = (reason: string) => ({ fits: false, reason });
const sum = (loads: readonly Load[], what: keyof Load): number =>
  loads.reduce((total, load) => total + load[what], 0);
