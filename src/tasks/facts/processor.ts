import type { KnownFacts } from "./fact-types.js";
import { colonPairs, type Material, present, wholeNumber } from "./material.js";

/** What names a processor on one architecture or another. */
const DESCRIBING = new Set(["model name", "Processor", "vendor_id", "cpu", "Vendor", "processor"]);

/** Counted as Ansible counts: sockets, cores of a socket, threads of a core. */
export function processorFacts(material: Material, architecture: string | undefined): Partial<KnownFacts> {
  const lines = material.lines("/proc/cpuinfo").map((line) => {
    const [key = "", ...value] = line.split(":");
    return { key: key.trim(), value: value.join(":").trim() };
  });
  if (lines.length === 0) return {};
  const described = lines.filter(({ key }) => DESCRIBING.has(key));
  const values = (key: string) => lines.filter((line) => line.key === key).map(({ value }) => value);
  const sockets = new Set(values("physical id")).size;
  const cores = wholeNumber(values("cpu cores")[0]) || 1;
  const threads = Math.max(1, Math.floor((wholeNumber(values("siblings")[0]) ?? cores) / cores));
  const count = sockets || countByName(described.length, values, architecture);
  return present<KnownFacts>({
    processor: described.map(({ value }) => value),
    processor_count: count,
    processor_cores: cores,
    processor_threads_per_core: threads,
    processor_vcpus: threads * count * cores,
    processor_nproc: allowed(material) ?? (values("processor").length || undefined),
  });
}

/** A kernel that knows no sockets names each processor in one line, or in a vendor's and a model's. */
function countByName(
  described: number,
  values: (key: string) => readonly string[],
  architecture = "",
): number {
  if (/^(?:armv|aarch|ppc)/.test(architecture)) return values("processor").length;
  const vendors = values("vendor_id").length;
  return vendors > 0 && vendors === values("model name").length ? vendors : described;
}

/** A list such as `0-3,6`. */
function allowed(material: Material): number | undefined {
  const list = colonPairs(material.lines("/proc/self/status")).get("Cpus_allowed_list");
  if (list === undefined || !/^\d{1,6}(?:-\d{1,6})?(?:,\d{1,6}(?:-\d{1,6})?)*$/.test(list)) return undefined;
  const sizes = list.split(",").map((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Math.max(1, last - first + 1);
  });
  return sizes.reduce((total, size) => total + size, 0);
}
