import type { HypervisorFacts } from "../libvirt/inspect/hypervisor-facts.js";
import { quote } from "../transport/quote.js";
import { formatSize } from "../values/size.js";
import { type Finding, failed, ok, warning } from "./finding.js";
import type { Places } from "./places-script.js";

const GIB = 2 ** 30;
/** An image, its unpacked form and a few leaves. */
const ENOUGH = 10 * GIB;
const TOO_LITTLE = GIB;

/** The pool directory: that it can be written to, and what room there is. */
export function judgePool({ pool }: Places, user: string): Finding[] {
  const isThere = pool.exists === pool.path;
  const made = isThere ? pool.path : `${pool.path}, which will be made`;
  const directory = pool.writable
    ? ok("pool", made)
    : failed("pool", `${user} cannot write to ${pool.exists}`, {
        mend: `sudo install -d -o ${quote(user)} ${quote(pool.path)}   # or another libvirt_pool_dir`,
      });
  return [directory, judgeRoom(pool.freeBytes, pool.exists)];
}

function judgeRoom(freeBytes: number | undefined, path: string): Finding {
  if (freeBytes === undefined) return warning("disk", `df does not tell the room at ${path}`);
  const text = `${formatSize(freeBytes)} free at ${path}`;
  if (freeBytes >= ENOUGH) return ok("disk", text);
  const mending = { mend: "farm gc -i INVENTORY --max-size 20G   # here; or another libvirt_pool_dir" };
  return (freeBytes < TOO_LITTLE ? failed : warning)("disk", text, mending);
}

/** @param ramMiB of the largest VM that may go there; 0 for none */
export function judgeMemory({ memoryMiB, availableMiB }: HypervisorFacts, ramMiB: number): Finding {
  const text = `${availableMiB} MiB of ${memoryMiB} MiB free`;
  if (ramMiB > memoryMiB)
    return failed("memory", `${text}: the largest VM wants ${ramMiB} MiB`, {
      mend: "set a smaller `ram` in the VM's definition",
    });
  if (ramMiB > availableMiB)
    return warning("memory", `${text}: the largest VM wants ${ramMiB} MiB, and waits`);
  return ok("memory", text);
}
