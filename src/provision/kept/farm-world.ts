import { hypervisorHost } from "../../load/inventory/hypervisors.js";
import { scopeOf } from "../../load/inventory/magic.js";
import type { Project } from "../../project/project.js";
import { Machine } from "../../tasks/run/machine.js";
import { type KnownHost, World } from "../../tasks/run/world.js";
import { connectHypervisor } from "../../transport/hypervisor-connection.js";
import { localShell } from "../../transport/local-shell.js";
import { persistentShell } from "../../transport/persistent/persistent-shell.js";
import type { Become, Shell } from "../../transport/shell.js";

const ROOT: Become = { method: "sudo", user: "root" };

/** What tasks know of other machines, and the ways to them; `close` lets go of the connections that tasks asked for. */
export interface FarmWorld {
  readonly world: World;
  close(): Promise<void>;
}

/** @param shells of the machines that farm is connected to already: the hypervisors */
export function farmWorld(project: Project, shells: ReadonlyMap<string, Shell>): FarmWorld {
  const opened: Shell[] = [];
  const connect = async (name: string, host: KnownHost | undefined): Promise<Machine | undefined> => {
    const shell = shells.get(name);
    if (shell) return new Machine({ name, shell, become: ROOT });
    const isVm = project.vms.some((vm) => vm.name === name);
    if (isVm || (host === undefined && name !== "localhost")) return undefined;
    const machine = await inventoryMachine(name, host);
    opened.push(machine.shell);
    return machine;
  };
  return {
    world: new World({ hosts: project.hosts, connect }),
    close: async () => {
      await Promise.all(opened.map((shell) => shell.close()));
    },
  };
}

/** A host of the inventory by its own connection variables; localhost is this machine. @throws ConfigError(s), HypervisorError */
export async function inventoryMachine(
  name: string,
  host: KnownHost | undefined,
  signal?: AbortSignal,
): Promise<Machine> {
  const variables = host?.variables ?? {};
  if (name === "localhost" && !Object.hasOwn(variables, "ansible_connection"))
    return new Machine({ name, shell: persistentShell(localShell({ name })), become: ROOT });
  const described = hypervisorHost(name, variables, scopeOf(variables, {}));
  const connection = await connectHypervisor(described, { signal, env: process.env });
  const shell = persistentShell(connection);
  const { become } = described;
  return new Machine({
    name,
    shell,
    become: become ?? ROOT,
    becomeByDefault: become !== undefined,
  });
}
