import { type Collected, whatIsGone } from "../../provision/garbage/collect-garbage.js";
import { formatSize } from "../../values/size.js";
import { nothingToRemove } from "../nothing-to-remove.js";

interface Where {
  readonly hypervisor: string;
  readonly pool: string;
}

/** Something that was removed, or would be. */
export type Line = Collected & Where;

/** A pool directory where more stays than `--max-size` allows. */
export interface Over extends Where {
  readonly bytes: number;
}

interface Told {
  readonly dryRun: boolean;
  /** Every hypervisor was asked. */
  readonly complete: boolean;
}

const KINDS: Readonly<Record<Collected["what"], string>> = {
  download: "download",
  vm: "VM directory",
  part: "half-made point",
  run: "the record of run",
  point: "point",
  image: "image",
};

/** For people: what goes, why, how much that is, and where it is not enough. */
export const gcText = (all: readonly Line[], over: readonly Over[], told: Told): string =>
  removed(all, told) + over.map(overText).join("");

const overText = ({ hypervisor, pool, bytes }: Over): string =>
  `${hypervisor}:${pool} is over the limit with ${formatSize(bytes)}: VMs stand on that, or may be about to\n`;

function removed(all: readonly Line[], { dryRun, complete }: Told): string {
  if (all.length === 0) return nothingToRemove(complete);
  const { bytes } = whatIsGone(all);
  const lines = all.map(({ hypervisor, what, name, bytes, reason, kept }) => {
    const verb = dryRun ? "would remove" : kept === undefined ? "removed" : "kept";
    return `${verb} ${KINDS[what]} ${name} on ${hypervisor} (${formatSize(bytes)}): ${kept ?? reason}\n`;
  });
  return `${lines.join("")}${dryRun ? "it would free" : "freed"} ${formatSize(bytes)}\n`;
}
