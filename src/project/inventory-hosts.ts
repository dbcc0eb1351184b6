import type { VmBlueprint } from "../expand/vm-blueprint.js";
import type { LoadContext } from "../load/inventory/load-context.js";
import { magicVariables } from "../load/inventory/magic.js";
import { type Mapping, overlay } from "../values/mapping.js";

/** A host or VM as other machines' tasks may ask about it. */
export interface InventoryHost {
  /** Not evaluated. */
  readonly variables: Mapping;
  /** Weak to strong. */
  readonly groups: readonly string[];
}

/** All hosts that the inventory lists, and the VMs. @throws ConfigError(s) of host_vars and group_vars */
export async function inventoryHosts(
  context: LoadContext,
  vms: readonly VmBlueprint[],
): Promise<ReadonlyMap<string, InventoryHost>> {
  const hosts = new Map<string, InventoryHost>();
  for (const name of context.inventory.hosts.keys()) {
    const groups = context.inventory.groupsOf(name);
    const variables = await context.variables.later(name, groups);
    hosts.set(
      name,
      hostOf(groups, () => overlay([variables(), magicVariables(context, name, groups)])),
    );
  }
  for (const { name, variables, groups } of vms) hosts.set(name, { variables, groups });
  return hosts;
}

function hostOf(groups: readonly string[], made: () => Mapping): InventoryHost {
  let known: Mapping | undefined;
  return {
    groups,
    get variables() {
      known ??= made();
      return known;
    },
  };
}
