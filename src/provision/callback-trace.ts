import type { Judgement } from "../images/maker.js";
import type { OwnCallback } from "../images/recipe/image-recipe.js";
import { Inputs } from "../inputs.js";
import { type Surroundings, takeTrace, traceDifference } from "../restore/trace.js";
import type { Trace } from "../trace.js";
import type { PlacedVm } from "./model.js";
import { pathIn, pathName, valueAt } from "./watched.js";

/** What tasks of a callback see besides variables, as they are told of it. */
const ROOTS = ["vm", "source", "task"];

/** What the names in a callback's trace stand for, for one VM. */
export function callbackSurroundings(
  vm: Pick<PlacedVm, "blueprint" | "definition" | "hypervisor">,
  { source, task }: OwnCallback,
  rest: Pick<Surroundings, "fingerprints" | "directory" | "environment">,
): Surroundings {
  const roots = { vm: vm.definition, source, task };
  const { variables } = vm.blueprint;
  return {
    ...rest,
    variables: () => Object.keys(variables),
    variable: (name) => {
      const path = pathIn(name);
      if (path) return valueAt(roots, path);
      if (name === "kvm_host") return vm.hypervisor;
      return Object.hasOwn(variables, name) ? variables[name] : undefined;
    },
  };
}

/** The trace of what a callback looked at. @param parts of `vm`, `source` and `task` */
export function callbackTrace(
  looked: Inputs,
  parts: readonly (readonly string[])[],
  now: Surroundings,
): Promise<Trace> {
  const inputs = new Inputs();
  inputs.add(looked);
  for (const root of ROOTS) inputs.variables.delete(root);
  for (const part of parts) inputs.variables.add(pathName(part));
  return takeTrace(inputs, now);
}

/** @see Judgement */
export async function judgeTrace(trace: Trace, now: Surroundings): Promise<Judgement> {
  if ((await traceDifference({ ...trace, variables: {} }, now)) !== undefined) return "changed";
  return (await traceDifference(trace, now)) === undefined ? "same" : "another's";
}
