import { HypervisorError } from "../../errors.js";
import { isoImage } from "../../images/seed/iso9660.js";
import { cardOf, loginCard } from "../../libvirt/domain/card.js";
import type { Manifest } from "../../restore/manifest.js";
import { leavesCommand, POINT_GONE } from "../../restore/save-command.js";
import { plainText } from "../../transport/plain-text.js";
import type { VmParts } from "../guest/guest-domain.js";

/** What a restore point has besides disks and memory. */
export interface PointState {
  /** What tasks had left for later ones, as JSON. */
  readonly state: string;
  /** Of the saved domain; empty for a point without memory. */
  readonly xml: string;
}

/** Gives a VM new disks on those of a point. @throws HypervisorError */
export async function layOnPoint(
  point: Manifest,
  { hypervisor, pool, directory, run }: VmParts,
): Promise<PointState> {
  const command = leavesCommand(pool, directory.path, point);
  const { code, stdout, stderr } = await hypervisor.shell.run(command, { signal: run.stop });
  if (code === 0) {
    const end = Math.max(0, stdout.indexOf("\n"));
    return { state: stdout.slice(0, end), xml: stdout.slice(end + 1) };
  }
  const why = code === POINT_GONE ? "it was removed meanwhile" : plainText(stderr);
  throw new HypervisorError(`cannot restore ${point.name} on '${hypervisor.name}': ${why}`);
}

/** Whether a guest that a point was made of had the card that a VM has. */
export const hasCardOf = (
  { domain }: Manifest,
  { net, directory }: Pick<VmParts, "net" | "directory">,
): boolean => cardOf(net, domain.directory) === cardOf(net, directory.path);

/** Where the guest knew itself by another card: lets its first boot's work be done again. @throws HypervisorError */
export async function freshSeed(point: Manifest, parts: VmParts): Promise<void> {
  const { vm, net, points, directory, hypervisor } = parts;
  const card = loginCard(net, directory.path);
  if (!point.seed || loginCard(net, point.domain.directory) === card) return;
  const { seed } = points.access({ definition: vm.definition, again: `-${card.replaceAll(":", "")}` });
  if (seed) await hypervisor.shell.writeFile(directory.seed, isoImage("cidata", seed.files), 0o600);
}
