import { basename } from "node:path";
import { ConfigError, formatPosition } from "../errors.js";
import { Blueprint } from "../expand/blueprint.js";
import { foldWritten } from "../expand/fold.js";
import { merge } from "../expand/merge.js";
import type { VmBlueprint } from "../expand/vm-blueprint.js";
import { vmName } from "../expand/vm-name.js";
import type { Definition, Definitions } from "../load/definitions/definitions.js";
import type { FindFiles } from "../load/definitions/find-named-files.js";
import { guestAuth } from "../load/definitions/guest-auth.js";
import { vmSettings } from "../load/definitions/settings.js";
import { PHASE_TIMEOUT } from "../load/definitions/time-limits.js";
import type { VmEntry } from "../load/definitions/vm-entries.js";
import type { FindTemplate } from "../load/definitions/xml-templates.js";
import type { LoadContext } from "../load/inventory/load-context.js";
import { magicVariables, scopeOf } from "../load/inventory/magic.js";
import { type Mapping, overlay, pick } from "../values/mapping.js";
import { Problems, together } from "../values/problems.js";

interface VmsContext extends LoadContext {
  readonly definitions: Definitions;
  readonly findTemplate: FindTemplate;
  readonly findFiles: FindFiles;
  /** The libvirt URI of a hypervisor, by its name. */
  readonly libvirtUri: (hypervisor: string) => string | undefined;
}

/** A VM with its name, before its own variables are known. */
interface NamedVm {
  readonly entry: VmEntry;
  readonly name: string;
  readonly targetFiles: Definition;
  readonly platformFiles: Definition;
}

/** All VMs that the inventory asks for. @throws ConfigError(s), the mistakes of all VMs */
export async function loadVms(entries: readonly VmEntry[], context: VmsContext): Promise<VmBlueprint[]> {
  const problems = new Problems();
  const named: NamedVm[] = [];
  for (const entry of entries) {
    const vm = await problems.attemptAsync(() => nameVm(entry, context));
    if (vm) named.push(vm);
  }
  problems.attempt(() => refuseDuplicates(named));
  problems.throwIfAny();
  const groups = groupMembers(named, context);
  const vms: VmBlueprint[] = [];
  for (const vm of named) {
    const blueprint = await problems.attemptAsync(() => blueprintOf(vm, groups, context));
    if (blueprint) vms.push(blueprint);
  }
  problems.throwIfAny();
  return vms;
}

async function nameVm(entry: VmEntry, context: VmsContext): Promise<NamedVm> {
  const { platform, target } = entry;
  const [targetFiles, platformFiles] = await together(
    () => context.definitions.load("target", target, entry.targetPosition),
    () => context.definitions.load("platform", platform, entry.platformPosition),
  );
  const groups = context.inventory.groupsOf("", ["vms", platform, target]);
  const variables = overlay([await context.variables.of(undefined, groups), { platform, target }]);
  const layers = [...targetFiles, ...platformFiles].map(({ vars }) => vars);
  const identity = { metadata: { platform_name: platform, target_name: target } };
  const name = vmName({
    platform,
    target,
    vm: merge(identity, foldWritten([...targetFiles, ...platformFiles])),
    scope: scopeOf(overlay([...layers, variables]), {}),
    layers: [...layers, variables],
  });
  return { entry, name, targetFiles, platformFiles };
}

function refuseDuplicates(vms: readonly NamedVm[]): void {
  const problems = new Problems();
  const seen = new Map<string, VmEntry>();
  for (const { name, entry } of vms) {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, entry);
    else
      problems.add(
        new ConfigError(`two VMs are named '${name}': ${describeEntry(first)} and ${describeEntry(entry)}`, {
          position: entry.targetPosition,
          hint: "give each a metadata.name of its own in its platform or target",
        }),
      );
  }
  problems.throwIfAny();
}

function describeEntry({ platform, target, platformPosition, targetPosition }: VmEntry): string {
  const position = platformPosition ?? targetPosition;
  return `${platform} on ${target}${position ? ` (${formatPosition(position)})` : ""}`;
}

const groupsOfVm = ({ inventory }: LoadContext, { name, entry }: NamedVm): string[] =>
  inventory.groupsOf(name, ["vms", entry.platform, entry.target, name]);

/** Ansible's `groups`: the hosts and VMs of each group. */
function groupMembers(vms: readonly NamedVm[], context: LoadContext): Mapping {
  const { inventory } = context;
  const members = new Map(
    [...inventory.groups.keys()].map((group) => [group, new Set(inventory.hostsOf(group))]),
  );
  for (const vm of vms)
    for (const group of groupsOfVm(context, vm)) {
      const set = members.get(group) ?? new Set();
      members.set(group, set.add(vm.name));
    }
  return Object.fromEntries([...members].map(([group, names]) => [group, [...names]]));
}

async function blueprintOf(vm: NamedVm, members: Mapping, context: VmsContext): Promise<VmBlueprint> {
  const { entry, name, targetFiles, platformFiles } = vm;
  const { platform, target, template } = entry;
  const groups = groupsOfVm(context, vm);
  const own = await context.variables.of(name, groups);
  const magic = { ...magicVariables(context, name, groups), groups: members, platform, target };
  const variables = overlay([own, magic]);
  const scope = scopeOf(variables, {});
  const limited = overlay([limitOfDefinition(vm), variables]);
  const [settings, auth] = await together(
    () => vmSettings(limited, scopeOf(limited, {}), basename(context.directory)),
    () => guestAuth(variables, scope),
  );
  return new Blueprint({
    name,
    platform,
    target,
    template,
    groups,
    variables,
    settings,
    auth,
    targetFiles,
    platformFiles,
    findTemplate: context.findTemplate,
    findFiles: context.findFiles,
    libvirtUri: (hypervisor) => context.libvirtUri(hypervisor) ?? "qemu:///session",
  });
}

/** Targets and platforms may say how long phases take, weaker than the inventory. */
function limitOfDefinition({ targetFiles, platformFiles }: NamedVm): Mapping {
  const all = overlay([...targetFiles, ...platformFiles].map(({ vars }) => vars));
  return pick(all, PHASE_TIMEOUT);
}
