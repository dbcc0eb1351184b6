import { basename } from "node:path";
import type { VmBlueprint } from "../expand/vm-blueprint.js";
import { Definitions } from "./definitions.js";
import { lookupDirectories, projectDirectory } from "./directories.js";
import { loadExtraVars } from "./extra-vars.js";
import { type HypervisorHost, loadHypervisors } from "./hypervisors.js";
import { parseInventory } from "./inventory-file.js";
import { limitVms } from "./limit.js";
import type { LoadContext } from "./load-context.js";
import { magicVariables, scopeOf } from "./magic.js";
import { overlay } from "./mapping.js";
import { together } from "./problems.js";
import { vmSettings } from "./settings.js";
import { readYaml, shownPath, userPath } from "./user-file.js";
import { Variables } from "./variables.js";
import { noConfig, type VmEntry, vmEntries } from "./vm-entries.js";
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
}

/** Everything that the user's files and command line say. */
export interface Project {
  /** Absolute: the inventory's directory, or the one above `inventories`. */
  readonly directory: string;
  readonly cwd: string;
  readonly inventoryPath: string;
  /** The variable `project_id` of group `vms`, else the directory's name. */
  readonly projectId: string;
  readonly hypervisors: readonly HypervisorHost[];
  readonly vms: readonly VmBlueprint[];
}

/** Reads a project. @throws ConfigError, or ConfigErrors with all mistakes that could be found at once */
export async function loadProject(options: LoadOptions): Promise<Project> {
  const context = await readFiles(options);
  const { directory, cwd, inventoryPath } = context;
  const uris = new Map<string, string>();
  const [projectId, hypervisors, vms] = await together<[string, HypervisorHost[], VmBlueprint[]]>(
    () => projectIdOf(context),
    () => loadHypervisors(context),
    async () => {
      const { entries, definitions } = await whatToBuild(context);
      return loadVms(entries, { ...context, definitions, libvirtUri: (name) => uris.get(name) });
    },
  );
  for (const { name, libvirtUri } of hypervisors) uris.set(name, libvirtUri);
  const limited = options.limit === undefined ? vms : limitVms(vms, options.limit);
  return { directory, cwd, inventoryPath, projectId, hypervisors, vms: limited };
}

async function readFiles({ inventory: path, vars, extraVars, cwd }: LoadOptions): Promise<LoadContext> {
  const inventoryPath = userPath(path, cwd);
  const inventoryFile = shownPath(inventoryPath, cwd);
  const [inventory, extra] = await together(
    async () => parseInventory(await readYaml(inventoryPath, cwd), inventoryFile),
    () => loadExtraVars({ vars, extraVars, cwd }),
  );
  const variables = new Variables(inventory, extra, { inventoryPath, cwd });
  return {
    directory: projectDirectory(inventoryPath),
    cwd,
    inventoryPath,
    inventoryFile,
    inventory,
    variables,
  };
}

/** What localhost says: its `config`, and where definitions are. */
async function whatToBuild(context: LoadContext): Promise<{ entries: VmEntry[]; definitions: Definitions }> {
  const { inventory, directory, cwd, inventoryFile } = context;
  const groups = inventory.groupsOf("localhost");
  const own = await context.variables.of("localhost", groups);
  const scope = scopeOf(own, magicVariables(context, "localhost", groups));
  const [entries, directories] = await together(
    () => {
      if (Object.hasOwn(own, "config")) return vmEntries(scope.get("config"));
      const start = { file: inventoryFile, line: 1, column: 1 };
      throw noConfig(inventory.hosts.get("localhost")?.position ?? start);
    },
    async () => {
      const ofVms = await context.variables.of(undefined, inventory.groupsOf("", ["vms"]));
      const variables = overlay([ofVms, own]);
      return lookupDirectories({ directory, cwd, variables, scope: scopeOf(variables, {}) });
    },
  );
  return { entries, definitions: new Definitions({ directories, cwd }) };
}

async function projectIdOf(context: LoadContext): Promise<string> {
  const groups = context.inventory.groupsOf("", ["vms"]);
  const variables = await context.variables.of(undefined, groups);
  const scope = scopeOf(variables, magicVariables(context, "vms", groups));
  return vmSettings(variables, scope, basename(context.directory)).projectId;
}
