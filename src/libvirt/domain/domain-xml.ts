import { checkDomainName } from "../../domain-name.js";
import { ConfigError } from "../../errors.js";
import { DEFAULT_MACHINES } from "../../expand/machine-defaults.js";
import { isByAgent, type VmDefinition } from "../../load/definitions/vm-definition.js";
import type { XmlTemplate } from "../../load/definitions/xml-templates.js";
import { renderXml, type XmlTree } from "../xml.js";
import { cardOf } from "./card.js";
import { cpuTree } from "./cpu.js";
import { devicesTree } from "./devices.js";
import type { DomainDisk } from "./disks.js";
import { templateXml } from "./domain-template.js";
import { firmwareOf, hasFlash } from "./firmware.js";
import { type Ownership, ownershipTree } from "./ownership.js";
import type { OpenForward } from "./passt.js";
import { vdeTree } from "./vde.js";

/** A systemd credential that the guest finds in its SMBIOS tables. No place for secrets: QEMU gets it in its argv. */
export interface Credential {
  readonly name: string;
  readonly base64: string;
}

export interface DomainInput {
  readonly definition: VmDefinition;
  /** Instead of the definition's. */
  readonly name?: string;
  /** Chosen by farm; the domain is called by it from then on. */
  readonly uuid: string;
  /** From the hypervisor's capabilities. */
  readonly emulator: string;
  readonly disks: readonly DomainDisk[];
  readonly consoleLog: string;
  readonly ownership: Ownership;
  readonly credentials?: readonly Credential[];
  /** That lead to the guest from its start on: of a user network that is passt's. */
  readonly forwards?: readonly OpenForward[] | undefined;
  /** The directory of the VDE switch, for a network of that type. */
  readonly vdeSwitch?: string | undefined;
  /** The user's own XML instead of farm's. */
  readonly template?: XmlTemplate | undefined;
  /** This VM's own copy of the firmware's variables; libvirt's choice of a place when absent. */
  readonly nvram?: string;
}

const X86 = new Set(["x86_64", "i686"]);

/** What has SMBIOS tables, and so can be given credentials in them. */
export const hasSmbios = (arch: string): boolean => X86.has(arch) || arch === "aarch64";

/**
 * The whole domain, for `virsh define --validate`. `default_bus` has no effect: libvirt places devices by machine, PCI
 * on pseries included.
 * @throws ConfigError for a name, a path or a network that libvirt cannot be given.
 */
export function domainXml(input: DomainInput): string {
  const name = nameOf(input);
  checkDomainName(name);
  const tree = domainTree(input);
  if (input.template === undefined) return renderXml({ domain: tree });
  const { definition, uuid, ownership, disks, consoleLog } = input;
  const nvram = hasFlash(definition) ? input.nvram : undefined;
  return templateXml(input.template, { definition, name, uuid, ownership, disks, consoleLog, nvram, tree });
}

const nameOf = ({ name, definition }: DomainInput): string => name ?? definition.metadata.name;

function domainTree(input: DomainInput): XmlTree {
  const { definition, credentials = [] } = input;
  const { arch, virt_domain: domainType } = definition;
  const firmware = firmwareOf(definition, input.nvram);
  return {
    "@type": domainType,
    name: nameOf(input),
    uuid: input.uuid,
    // A new one after a restore makes the guest's kernel draw fresh random numbers.
    genid: X86.has(arch) ? {} : undefined,
    metadata: ownershipTree(input.ownership),
    memory: { "@unit": "MiB", "#": String(definition.ram) },
    vcpu: String(definition.vcpus),
    sysinfo: sysinfoTree(credentials, arch),
    os: {
      ...firmware.os,
      type: { "@arch": arch, "@machine": definition.machine ?? DEFAULT_MACHINES[arch], "#": "hvm" },
      ...kernelTree(definition.kernel),
      smbios: credentials.length > 0 ? { "@mode": "sysinfo" } : undefined,
    },
    features: {
      acpi: X86.has(arch) || (arch === "aarch64" && firmware.uefi) ? {} : undefined,
      apic: X86.has(arch) ? {} : undefined,
      smm: firmware.smm ? { "@state": "on" } : undefined,
    },
    cpu: cpuTree(definition.cpu, arch, domainType),
    clock: { "@offset": "utc" },
    on_poweroff: "destroy",
    on_reboot: "restart",
    on_crash: "destroy",
    devices: devicesTree({
      ...input,
      arch,
      byAgent: isByAgent(definition),
      net: { ...definition.net, mac: cardOf(definition.net, input.ownership.directory) },
    }),
    "qemu:commandline": vdeCard(input),
  };
}

function vdeCard(input: DomainInput): XmlTree | undefined {
  const { definition, vdeSwitch: directory = "" } = input;
  if (definition.net.type !== "vde") return undefined;
  const mac = cardOf(definition.net, input.ownership.directory);
  const machine = definition.machine ?? DEFAULT_MACHINES[definition.arch];
  return vdeTree({ mac, directory, arch: definition.arch, machine });
}

const kernelTree = (kernel: VmDefinition["kernel"]): XmlTree =>
  kernel ? { kernel: kernel.src, initrd: kernel.initrd, cmdline: kernel.params } : {};

function sysinfoTree(credentials: readonly Credential[], arch: string): XmlTree | undefined {
  if (credentials.length === 0) return undefined;
  if (!hasSmbios(arch)) {
    throw new ConfigError(`a ${arch} guest cannot be given systemd credentials: it has no SMBIOS`, {
      hint: "let the platform use a NoCloud disk",
    });
  }
  const entry = credentials.map(({ name, base64 }) => `io.systemd.credential.binary:${name}=${base64}`);
  return { "@type": "smbios", oemStrings: { entry } };
}
