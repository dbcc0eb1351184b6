import type { KnownFacts, MemoryMb } from "./fact-types.js";
import { colonPairs, type Material, present, wholeNumber } from "./material.js";

/** Whole MiB of memory and swap, rounded down one by one, as Ansible counts them. */
export function memoryFacts(material: Material): Partial<KnownFacts> {
  const said = colonPairs(material.lines("/proc/meminfo"));
  const mib = (key: string): number | undefined => {
    const kib = wholeNumber(said.get(key)?.split(" ")[0]);
    return kib === undefined ? undefined : Math.floor(kib / 1024);
  };
  if (mib("MemTotal") === undefined) return {};
  return present<KnownFacts>({
    memtotal_mb: mib("MemTotal"),
    memfree_mb: mib("MemFree"),
    swaptotal_mb: mib("SwapTotal"),
    swapfree_mb: mib("SwapFree"),
    memory_mb: memory(mib),
  });
}

function memory(mib: (key: string) => number | undefined): MemoryMb {
  const unused = sum([mib("Cached"), mib("MemFree"), mib("Buffers")]);
  return {
    real: present({
      total: mib("MemTotal"),
      used: less(mib("MemTotal"), mib("MemFree")),
      free: mib("MemFree"),
    }),
    nocache: present({ free: unused, used: less(mib("MemTotal"), unused) }),
    swap: present({
      total: mib("SwapTotal"),
      free: mib("SwapFree"),
      used: less(mib("SwapTotal"), mib("SwapFree")),
      cached: mib("SwapCached"),
    }),
  };
}

const less = (from: number | undefined, what: number | undefined): number | undefined =>
  from === undefined || what === undefined ? undefined : from - what;

const sum = (parts: readonly (number | undefined)[]): number | undefined =>
  parts.reduce((total, part) => (total === undefined || part === undefined ? undefined : total + part), 0);
