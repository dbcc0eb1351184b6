import { dirname } from "node:path";
import { Scope } from "../../template/scope.js";
import { type Mapping, overlay } from "../../values/mapping.js";
import type { LoadContext } from "./load-context.js";

/** The variables that Ansible sets by itself, and nobody can set otherwise. @param groups of the host, weak to strong */
export function magicVariables(
  { directory, inventoryPath }: Pick<LoadContext, "directory" | "inventoryPath">,
  name: string,
  groups: readonly string[],
): Mapping {
  return {
    inventory_hostname: name,
    inventory_hostname_short: name.split(".")[0] ?? name,
    group_names: groups.filter((group) => group !== "all").sort(),
    playbook_dir: directory,
    inventory_dir: dirname(inventoryPath),
    inventory_file: inventoryPath,
  };
}

/** What a host's or VM's expressions see. */
export const scopeOf = (variables: Mapping, magic: Mapping): Scope =>
  new Scope([overlay([variables, magic])]);
