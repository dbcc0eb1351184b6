import { formatPosition } from "../errors.js";
import { SettingVariables } from "../load/definitions/settings.js";
import { HypervisorVariables } from "../load/inventory/hypervisors.js";
import type { Mapping } from "../values/mapping.js";
import { nearestKey } from "../values/near-key.js";
import { positionOf } from "../values/position.js";
import type { Project } from "./project.js";

/**
 * Variables of the user's that nearly have the name of one that farm reads, each place once, in words. They are no mistakes: a variable may be
 * called anything.
 */
export function misspeltVariables({ vms, hypervisors }: Pick<Project, "vms" | "hypervisors">): string[] {
  return [
    ...new Set([
      ...slips(
        vms.map(({ variables }) => variables),
        Object.keys(SettingVariables.shape),
      ),
      ...slips(
        hypervisors.map(({ vars }) => vars),
        Object.keys(HypervisorVariables.shape),
      ),
    ]),
  ];
}

function slips(all: readonly Mapping[], known: readonly string[]): string[] {
  const names = new Set<string>();
  for (const variables of all) for (const name of Object.keys(variables)) names.add(name);
  const meant = [...names].flatMap((name) => {
    const near = nearestKey(name, known);
    return near === undefined ? [] : [[name, near] as const];
  });
  return all.flatMap((variables) =>
    meant
      // Where the right one stands too, the other one is meant to be another.
      .filter(([name, near]) => Object.hasOwn(variables, name) && !Object.hasOwn(variables, near))
      .map(([name, near]) => {
        const position = positionOf(variables, name);
        const where = position ? `${formatPosition(position)}: ` : "";
        return `${where}farm reads no variable '${name}'; did you mean '${near}'?`;
      }),
  );
}
