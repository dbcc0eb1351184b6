import { formatPosition } from "../errors.js";
import type { VmPhases } from "../provision/plan/make-plan.js";

/** A line for each task of the VMs' phases whose module farm lacks: whether a task for another system is skipped here, the machines will say. */
export function lackingModules(phases: Iterable<Pick<VmPhases, "files">>): string[] {
  const files = [...phases].flatMap((each) => Object.values(each.files));
  const lines = files.flatMap(({ lacking }) =>
    lacking.map(
      ({ name, position }) =>
        `${formatPosition(position)}: farm has no module '${name}': this task fails where it is not skipped`,
    ),
  );
  return [...new Set(lines)];
}
