import { posix } from "node:path";
import { withoutInstance } from "../naming.js";
import type { PointStore, StoredVm } from "./store.js";

/** What of a pool's VMs does not count. */
export interface Discounted {
  /** VMs that nobody will ever start: their names. */
  readonly dead?: ReadonlySet<string>;
  /** The VM that whoever asks works on, and knows about. */
  readonly own?: string;
}

/** Names of the points and images that VMs stand on or may be about to. What is below those is not among them. */
export function inUse(store: PointStore, { dead, own }: Discounted = {}): Set<string> {
  const used = new Set<string>();
  for (const vm of store.vms) {
    if (dead?.has(vm.name)) continue;
    for (const name of [...vm.points, ...vm.images]) used.add(name);
    if (vm.name !== own) for (const name of perhaps(vm, store)) used.add(name);
  }
  return used;
}

/** Instances of a VM share its points. */
const vmOf = (directory: string): string => withoutInstance(posix.basename(directory));

/** What a VM may need besides what it says. The removal looks at the same again: see remove.ts. */
function perhaps(vm: StoredVm, { points, images }: PointStore): string[] {
  const silent = vm.exists && !vm.recorded && !vm.starting;
  if (!silent && !vm.starting) return [];
  const names = points.flatMap(({ manifest: { name, kind, domain } }) =>
    silent || kind === "clean" || vmOf(domain.directory) === vmOf(vm.name) ? [name] : [],
  );
  return [...names, ...images.map(({ name }) => name)];
}
