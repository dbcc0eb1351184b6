import type { DomainType, HypervisorState, Requirements } from "../dispatch/model.js";
import type { Position } from "../errors.js";
import type { NamedFiles } from "../load/definitions/named-files.js";
import type { VmSettings } from "../load/definitions/settings.js";
import type { VmDefinition } from "../load/definitions/vm-definition.js";
import type { XmlTemplate } from "../load/definitions/xml-templates.js";
import type { Scope } from "../template/scope.js";
import type { Mapping } from "../values/mapping.js";
import type { Mended } from "./mended.js";

/** A VM that can be asked what it needs of a hypervisor, and what it is when placed on one. */
export interface VmBlueprint {
  readonly name: string;
  readonly platform: string;
  readonly target: string;
  /** `all`, `vms`, its platform, target and name, and their ancestors: weak to strong. */
  readonly groups: readonly string[];
  /** Inventory, extra and magic variables; a definition's own `vars` are not for phases. */
  readonly scope: Scope;
  /** The same, not evaluated. */
  readonly variables: Mapping;
  readonly settings: VmSettings;
  /** The user's files that its definition names. */
  readonly files: NamedFiles;
  /**
   * What dispatch asks; remembered for all hypervisors that are alike in the facts it depends on.
   * @throws ConfigError(s) when the definition cannot be evaluated there
   */
  requirements(hypervisor: HypervisorState): Requirements;
  /**
   * The whole definition for a hypervisor, every expression evaluated.
   * @param domainType for a VM whose user forced none
   * @throws ConfigError(s) at the place in the user's files
   */
  define(hypervisor: HypervisorState, domainType: DomainType): VmDefinition;
  /**
   * The definition without what does not fit its schema, so that mistakes in its images are told beside those.
   * @throws ConfigError(s) when it cannot be evaluated
   */
  mended(hypervisor: HypervisorState, domainType: DomainType): Mended | undefined;
  /** The user's own XML for the VM, when there is a template for it. @throws ConfigError */
  domainTemplate(definition: VmDefinition): XmlTemplate | undefined;
  /** The same for the libvirt network that it is on. @throws ConfigError */
  networkTemplate(definition: VmDefinition): XmlTemplate | undefined;
  /** Where a value of the definition stands in the user's files. */
  locate(path: readonly (string | number)[]): Position | undefined;
}
