import { z } from "zod";
import type { DomainType, HypervisorState, Requirements } from "../dispatch/model.js";
import type { Position } from "../errors.js";
import type { Definition } from "../load/definitions/definitions.js";
import type { FindFiles } from "../load/definitions/find-named-files.js";
import type { NamedFiles } from "../load/definitions/named-files.js";
import type { VmSettings } from "../load/definitions/settings.js";
import { Net, VmDefinition } from "../load/definitions/vm-definition.js";
import type { FindTemplate, XmlTemplate } from "../load/definitions/xml-templates.js";
import { evaluate } from "../template/evaluate.js";
import { OMIT } from "../template/omit.js";
import { Scope } from "../template/scope.js";
import { entryOf, isMapping, type Mapping, overlay, setEntry, withoutNulls } from "../values/mapping.js";
import { copyPositions, positionAt } from "../values/position.js";
import { parseWith } from "../values/validate.js";
import { defaults } from "./defaults.js";
import { factsKey, reachableNames, templateSources } from "./fact-names.js";
import { foldDefinitions, foldWritten } from "./fold.js";
import { withMachineDefaults } from "./machine-defaults.js";
import { type Mended, mended } from "./mended.js";
import { merge } from "./merge.js";
import { type Stage, stage } from "./stage.js";
import { withUserNetwork } from "./user-network.js";
import type { VmBlueprint } from "./vm-blueprint.js";

/** All that is known of a VM before it has a place. */
export interface BlueprintInput {
  readonly name: string;
  readonly platform: string;
  readonly target: string;
  /** Of the domain template, when `config.list` names one. */
  readonly template?: string | undefined;
  readonly groups: readonly string[];
  /** Inventory and extra variables with Ansible's magic ones, as one mapping. */
  readonly variables: Mapping;
  readonly settings: VmSettings;
  /** What the inventory says about logging in to the guest. */
  readonly auth: Mapping;
  readonly targetFiles: Definition;
  readonly platformFiles: Definition;
  /** Finds the user's template for a domain by the names it may have. */
  readonly findTemplate: FindTemplate;
  readonly findFiles: FindFiles;
  /** The libvirt URI of a hypervisor of the inventory. */
  readonly libvirtUri: (hypervisor: string) => string;
}

const ASKED = [
  "arch",
  "virt_domain",
  "vcpus",
  "ram",
  "machine",
  "cpu",
  "firmware",
  "emulator",
  "net",
] as const;
const Asked = z.object({
  arch: VmDefinition.shape.arch,
  virt_domain: VmDefinition.shape.virt_domain.optional(),
  vcpus: VmDefinition.shape.vcpus,
  ram: VmDefinition.shape.ram,
  machine: VmDefinition.shape.machine,
  cpu: VmDefinition.shape.cpu,
  firmware: VmDefinition.shape.firmware,
  emulator: VmDefinition.shape.emulator,
  // What is wrong with it, the whole definition tells.
  net: Net.pick({ type: true, backend: true }).optional().catch(undefined),
});

/** A VM of targets and platforms in files. */
export class Blueprint implements VmBlueprint {
  readonly name: string;
  readonly platform: string;
  readonly target: string;
  readonly groups: readonly string[];
  readonly settings: VmSettings;
  readonly scope: Scope;
  readonly variables: Mapping;
  readonly files: NamedFiles;
  readonly #targetVars: Mapping;
  readonly #platformVars: Mapping;
  /** Target and platform merged and not evaluated: where everything stands in the user's files. */
  readonly #written: Mapping;
  readonly #known = new Map<string, Requirements>();
  #factNames: readonly string[] | undefined;

  /** @throws ConfigError(s) for list edits that fit no list */
  constructor(private readonly input: BlueprintInput) {
    this.name = input.name;
    this.platform = input.platform;
    this.target = input.target;
    this.groups = input.groups;
    this.settings = input.settings;
    this.variables = input.variables;
    this.scope = new Scope([input.variables]);
    this.files = input.findFiles(input.variables);
    this.#targetVars = overlay(input.targetFiles.map(({ vars }) => vars));
    this.#platformVars = overlay(input.platformFiles.map(({ vars }) => vars));
    this.#written = foldWritten([...input.targetFiles, ...input.platformFiles]);
  }

  requirements(hypervisor: HypervisorState): Requirements {
    this.#factNames ??= this.#namesAsked();
    const names = this.#factNames;
    const key = factsKey(hypervisor.facts, names) + (names.includes("kvm_host") ? hypervisor.name : "");
    const known = this.#known.get(key) ?? this.#requirements(hypervisor);
    this.#known.set(key, known);
    return known;
  }

  define(hypervisor: HypervisorState, domainType: DomainType): VmDefinition {
    const vm = this.#evaluated(hypervisor, domainType);
    const definition = parseWith(VmDefinition, vm, "the VM definition");
    return withUserNetwork(withMachineDefaults(definition, hypervisor), hypervisor);
  }

  mended(hypervisor: HypervisorState, domainType: DomainType): Mended | undefined {
    return mended(this.#evaluated(hypervisor, domainType));
  }

  #evaluated(hypervisor: HypervisorState, domainType: DomainType): Record<string, unknown> {
    const { tree, scope } = this.#platformStage(hypervisor);
    const vm = lenient(evaluate(tree, scope));
    if (vm["virt_domain"] === undefined) setEntry(vm, "virt_domain", domainType);
    return vm;
  }

  domainTemplate({ metadata: { template: named, name }, arch }: VmDefinition): XmlTemplate | undefined {
    const position = this.locate(["metadata", "template"]);
    return this.#template({ kind: "domain", named, others: [name, arch, "default"], position });
  }

  networkTemplate({
    net: { type, template: named, source = "default" },
  }: VmDefinition): XmlTemplate | undefined {
    if (type !== "network") return undefined;
    const position = this.locate(["net", "template"]);
    return this.#template({ kind: "network", named, others: [source, "default"], position });
  }

  #template(names: Parameters<FindTemplate>[0]): XmlTemplate | undefined {
    const found = this.input.findTemplate(names);
    return found && { ...found, scope: new Scope([this.variables], found.search) };
  }

  locate(path: readonly (string | number)[]): Position | undefined {
    return positionAt(this.#written, path);
  }

  #requirements(hypervisor: HypervisorState): Requirements {
    const { tree, scope } = this.#platformStage(hypervisor);
    const asked = {};
    copyPositions(tree, asked);
    for (const key of ASKED) {
      const value = Object.hasOwn(tree, key) ? evaluate(tree[key], scope) : undefined;
      if (value !== undefined && value !== OMIT) setEntry(asked, key, value);
    }
    const { ram, virt_domain, ...rest } = parseWith(Asked, lenient(asked), "the VM definition");
    return { ...rest, ramMiB: ram, ...(virt_domain && { domainType: virt_domain }) };
  }

  /** Target first; then defaults below it; then the platform over both. */
  #platformStage(hypervisor: HypervisorState): Stage {
    const { name, platform, target, template, variables, auth } = this.input;
    const facts = { ...hypervisor.facts, kvm_host: hypervisor.name };
    const libvirtUri = this.input.libvirtUri(hypervisor.name);
    const fixed = { metadata: { name, ...(template !== undefined && { template }) } };
    const filled = defaults({ name, platform, target, libvirtUri, facts, auth });

    const identity = { metadata: { platform_name: platform, target_name: target, name } };
    const targetScope = new Scope([facts, this.#targetVars, variables]);
    const ofTarget = stage(
      identity,
      merge(foldDefinitions(identity, this.input.targetFiles), fixed),
      targetScope,
    );
    const evaluated = evaluate(ofTarget.tree, ofTarget.scope);
    const soFar = merge(filled, isMapping(evaluated) ? evaluated : {});

    const merged = merge(foldDefinitions(soFar, this.input.platformFiles), fixed);
    return stage(soFar, merged, new Scope([facts, this.#targetVars, this.#platformVars, variables]));
  }

  /** The facts that the answer to `requirements` can depend on. */
  #namesAsked(): string[] {
    const layers = [this.#targetVars, this.#platformVars, this.input.variables];
    const sources = [
      ...this.input.targetFiles.flatMap(({ vm }) => templateSources(vm)),
      ...this.input.platformFiles.flatMap(({ vm }) =>
        ASKED.flatMap((key) => templateSources(entryOf(vm, key))),
      ),
    ];
    const direct = reachableNames(sources, layers);
    if (!direct.has("vm")) return [...direct].sort();
    const all = [...sources, ...templateSources(this.#written)];
    return [...reachableNames(all, layers), "ansible_user_uid", "kvm_host"].sort();
  }
}

/** Null takes away what was inherited; numbers may come as texts from variables. */
function lenient(value: unknown): Record<string, unknown> {
  const vm = withoutNulls(value) as Record<string, unknown>;
  for (const key of ["vcpus", "ram"]) {
    const written = vm[key];
    if (typeof written === "string" && /^\s*\d+\s*$/.test(written)) setEntry(vm, key, Number(written));
  }
  return vm;
}
