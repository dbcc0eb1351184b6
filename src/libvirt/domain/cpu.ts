import type { DomainType } from "../../dispatch/model.js";
import type { XmlTree } from "../xml.js";

/** libvirt's modes, and the names that QEMU users know them by; libvirt takes none of these for a model. */
const MODES: Readonly<Record<string, string>> = {
  "host-passthrough": "host-passthrough",
  host: "host-passthrough",
  "host-model": "host-model",
  maximum: "maximum",
  max: "maximum",
};

/**
 * What an emulated guest gets when nobody asked. On x86_64 everything QEMU knows: as quick as qemu64 (a boot to
 * power-off takes 4.4 s with either), and current distributions demand more than qemu64 has. On ARM `maximum` is
 * slow: it signs pointers, in software.
 */
const EMULATED: Readonly<Record<string, string>> = {
  x86_64: "maximum",
  i686: "maximum",
  aarch64: "cortex-a57",
  armv7l: "cortex-a15",
  ppc64: "POWER9",
  ppc64le: "POWER9",
};

/** The content of `<cpu>`, or undefined where QEMU's own default is best. */
export function cpuTree(cpu: string | undefined, arch: string, domainType: DomainType): XmlTree | undefined {
  const wanted = cpu ?? (domainType === "kvm" ? "host-passthrough" : EMULATED[arch]);
  if (wanted === undefined) return undefined;
  const mode = MODES[wanted];
  if (mode !== undefined) return { "@mode": mode };
  return { "@mode": "custom", "@match": "exact", model: { "@fallback": "allow", "#": wanted } };
}
