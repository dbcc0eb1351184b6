import { basename } from "node:path";
import type { VmBlueprint } from "../expand/vm-blueprint.js";
import { loadExtraVars } from "../load/command-line/extra-vars.js";
import { limitVms } from "../load/command-line/limit.js";
import { Definitions } from "../load/definitions/definitions.js";
import { type FindFiles, namedFiles } from "../load/definitions/find-named-files.js";
import { vmSettings } from "../load/definitions/settings.js";
import { runLimit } from "../load/definitions/time-limits.js";
import { noConfig, type VmEntry, vmEntries } from "../load/definitions/vm-entries.js";
import { type FindTemplate, findXmlTemplate } from "../load/definitions/xml-templates.js";
import { lookupDirectories, projectDirectory } from "../load/files/directories.js";
import { shownPath, userPath } from "../load/files/user-file.js";
import { UserFiles } from "../load/files/user-files.js";
import { type HypervisorHost, loadHypervisors } from "../load/inventory/hypervisors.js";
import { parseInventory } from "../load/inventory/inventory-file.js";
import type { LoadContext } from "../load/inventory/load-context.js";
import { magicVariables, scopeOf } from "../load/inventory/magic.js";
import { Variables } from "../load/inventory/variables.js";
import type { TimeLimit } from "../time-limit.js";
import { type Mapping, overlay } from "../values/mapping.js";
import { together } from "../values/problems.js";
import type { SecretValues } from "../vault/secret-values.js";
import { type InventoryHost, inventoryHosts } from "./inventory-hosts.js";
import { loadVms } from "./vms.js";

export type { VmBlueprint } from "../expand/vm-blueprint.js";

interface LoadOptions {
  readonly inventory: string;
  /** `--vars FILE`, in order. */
  readonly vars: readonly string[];
  /** `-e`, in order. */
  readonly extraVars: readonly string[];
  readonly limit?: string | undefined;
  readonly cwd: string;
  /** What `!vault`, `!env` and encrypted files stand for. */
  readonly secrets?: SecretValues | undefined;
}

/** Everything that the user's files and command line say. */
export interface Project {
  /** Absolute: the inventory's directory, or the one above `inventories`. */
  readonly directory: string;
  readonly cwd: string;
  readonly inventoryPath: string;
  /** Reads task files, and what tasks name, as the project itself was read. */
  readonly files: UserFiles;
  /** The variable `project_id` of group `vms`, else the directory's name. */
  readonly projectId: string;
  /** Of a whole run. */
  readonly runLimit?: TimeLimit | undefined;
  readonly hypervisors: readonly HypervisorHost[];
  readonly vms: readonly VmBlueprint[];
  /** Every host of the inventory and every VM, with variables that are not evaluated. */
  readonly hosts: ReadonlyMap<string, InventoryHost>;
  /** `--vars` and `-e`. */
  readonly extraVariables: Mapping;
}

type Vms = Pick<Project, "vms" | "runLimit">;

/** Reads a project. @throws ConfigError, or ConfigErrors with all mistakes that could be found at once */
export async function loadProject(options: LoadOptions): Promise<Project> {
  const context = await readFiles(options);
  const { directory, cwd, inventoryPath, files } = context;
  const uris = new Map<string, string>();
  const [projectId, hypervisors, { vms, runLimit }] = await together<[string, HypervisorHost[], Vms]>(
    () => projectIdOf(context),
    () => loadHypervisors(context),
    async () => {
      const { entries, runLimit, ...built } = await whatToBuild(context);
      const libvirtUri = (name: string) => uris.get(name);
      return { vms: await loadVms(entries, { ...context, ...built, libvirtUri }), runLimit };
    },
  );
  for (const { name, libvirtUri } of hypervisors) uris.set(name, libvirtUri);
  const hosts = await inventoryHosts(context, vms);
  const limited = options.limit === undefined ? vms : limitVms(vms, options.limit);
  return {
    directory,
    cwd,
    inventoryPath,
    files,
    projectId,
    runLimit,
    hypervisors,
    vms: limited,
    hosts,
    extraVariables: context.variables.extra,
  };
}

/** What is known of an inventory's hosts without any VM. */
export interface InventoryOnly {
  /** Absolute; of the inventory, or where farm was started. */
  readonly directory: string;
  readonly inventoryPath: string | undefined;
  readonly files: UserFiles;
  readonly hosts: ReadonlyMap<string, InventoryHost>;
  readonly extraVariables: Mapping;
}

/** Reads an inventory for its hosts alone; without one there are none. @throws ConfigError(s) */
export async function loadInventory(
  options: Omit<LoadOptions, "inventory"> & { readonly inventory?: string | undefined },
): Promise<InventoryOnly> {
  const { inventory, vars, extraVars, cwd, secrets } = options;
  if (inventory === undefined) {
    const files = new UserFiles(cwd, secrets);
    const extraVariables = await loadExtraVars({ vars, extraVars, files });
    return { directory: cwd, inventoryPath: undefined, files, hosts: new Map(), extraVariables };
  }
  const context = await readFiles({ ...options, inventory });
  const { directory, inventoryPath, files, variables } = context;
  const hosts = await inventoryHosts(context, []);
  return { directory, inventoryPath, files, hosts, extraVariables: variables.extra };
}

async function readFiles(options: LoadOptions): Promise<LoadContext> {
  const { inventory: path, vars, extraVars, cwd } = options;
  const files = new UserFiles(cwd, options.secrets);
  const inventoryPath = userPath(path, cwd);
  const inventoryFile = shownPath(inventoryPath, cwd);
  const [inventory, extra] = await together(
    async () => parseInventory(await files.yaml(inventoryPath, { lazy: true }), inventoryFile),
    () => loadExtraVars({ vars, extraVars, files }),
  );
  const variables = new Variables(inventory, extra, { inventoryPath, files });
  return {
    directory: projectDirectory(inventoryPath),
    cwd,
    files,
    inventoryPath,
    inventoryFile,
    inventory,
    variables,
  };
}

interface WhatToBuild {
  readonly entries: VmEntry[];
  readonly runLimit: TimeLimit | undefined;
  readonly definitions: Definitions;
  readonly findTemplate: FindTemplate;
  readonly findFiles: FindFiles;
}

/** Where ansible_farm takes a `config` from besides localhost: a hypervisor, which then builds those VMs itself. */
async function hostWithConfig({ inventory, variables }: LoadContext): Promise<string | undefined> {
  for (const name of inventory.hosts.keys())
    if (Object.hasOwn(await variables.of(name, inventory.groupsOf(name)), "config")) return name;
  return undefined;
}

/** What localhost says: its `config`, where definitions are, and the time of a run. */
async function whatToBuild(context: LoadContext): Promise<WhatToBuild> {
  const { inventory, directory, cwd, files, inventoryFile } = context;
  const groups = inventory.groupsOf("localhost");
  const own = await context.variables.of("localhost", groups);
  const scope = scopeOf(own, magicVariables(context, "localhost", groups));
  const [entries, { directories, limit }] = await together(
    async () => {
      if (Object.hasOwn(own, "config")) return vmEntries(scope.get("config"));
      const start = { file: inventoryFile, line: 1, column: 1 };
      throw noConfig(inventory.hosts.get("localhost")?.position ?? start, await hostWithConfig(context));
    },
    async () => {
      const ofVms = await context.variables.of(undefined, inventory.groupsOf("", ["vms"]));
      const variables = overlay([ofVms, own]);
      const all = scopeOf(variables, {});
      const [directories, limit] = await together(
        () => lookupDirectories({ directory, cwd, variables, scope: all }),
        () => runLimit(variables, all),
      );
      return { directories, limit };
    },
  );
  return {
    entries,
    runLimit: limit,
    definitions: new Definitions({ directories, files }),
    findTemplate: (names) => findXmlTemplate(names, directories, files),
    findFiles: (variables) => namedFiles(directories, files, variables),
  };
}

async function projectIdOf(context: LoadContext): Promise<string> {
  const groups = context.inventory.groupsOf("", ["vms"]);
  const variables = await context.variables.of(undefined, groups);
  const scope = scopeOf(variables, magicVariables(context, "vms", groups));
  return vmSettings(variables, scope, basename(context.directory)).projectId;
}
