import type { DomainType } from "../../dispatch/model.js";
import { CPU_MODES, defaultCpu } from "../../expand/machine-defaults.js";
import type { XmlTree } from "../xml.js";

/** The content of `<cpu>`, or undefined where QEMU's own default is best. */
export function cpuTree(cpu: string | undefined, arch: string, domainType: DomainType): XmlTree | undefined {
  const wanted = cpu ?? defaultCpu(arch, domainType);
  if (wanted === undefined) return undefined;
  const mode = Object.hasOwn(CPU_MODES, wanted) ? CPU_MODES[wanted] : undefined;
  if (mode !== undefined) return { "@mode": mode };
  return { "@mode": "custom", "@match": "exact", model: { "@fallback": "allow", "#": wanted } };
}
