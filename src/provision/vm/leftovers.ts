import { HypervisorError } from "../../errors.js";
import type { DomainDescription } from "../../libvirt/domain/ownership.js";
import { leaveSwitches } from "../../libvirt/domain/vde.js";
import type { LibvirtDriver } from "../../libvirt/driver.js";
import { domainName } from "../../naming.js";
import { pointsDirectory } from "../../restore/manifest.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";
import { switchesDirectory, type VmDirectory } from "../vm-directory.js";

const SWEEP = `
[ ! -e "$3" ] || echo kept
for left in "$1"/*.part-"\${2##*/}" "$2"; do
  [ -e "$left" ] || continue
  printf '%s\n' "\${left##*/}"
  rm -rf -- "$left" || exit 1
done`;

/** Removes a VM's directory and its half-made restore points, and prints their names, before them `kept` for a VM that was left on purpose. */
const sweepCommand = (pool: string, { path, kept }: VmDirectory): Command => ({
  argv: ["sh", "-c", SWEEP, "farm-sweep", pointsDirectory(pool), path, kept],
  timeoutMs: 60_000,
});

const isOurs = ({ ownership }: DomainDescription, directory: VmDirectory, run: RunContext): boolean =>
  ownership?.project === run.project && ownership.directory === directory.path;

/** @throws HypervisorError when a domain of the VM's name is somebody else's */
export function refuseTaken(
  domains: readonly DomainDescription[],
  vm: PlacedVm,
  directory: VmDirectory,
  run: RunContext,
): void {
  const name = domainName(vm.definition.metadata.name, run.instance);
  const other = domains.find((domain) => domain.name === name && !isOurs(domain, directory, run));
  if (other) throw taken(vm.hypervisor, name, other.ownership?.project);
}

/**
 * Removes what an earlier run of this VM left, kept by the user or of a farm that died, and says so. Nobody works on it: we hold the
 * lock.
 * @throws HypervisorError
 */
export async function removeLeftovers(
  domains: readonly DomainDescription[],
  vm: PlacedVm,
  libvirt: LibvirtDriver,
  shell: Shell,
  pool: string,
  directory: VmDirectory,
  run: RunContext,
): Promise<void> {
  const warn = (message: string) => run.emit({ type: "warning", vm: vm.name, message });
  const removed: string[] = [];
  for (const domain of domains.filter((each) => isOurs(each, directory, run))) {
    await libvirt.remove(domain.uuid);
    removed.push(plainText(domain.ownership?.run ?? ""));
  }
  const [{ code, stdout, stderr }] = await Promise.all([
    shell.run(sweepCommand(pool, directory)),
    shell.run(leaveSwitches(switchesDirectory(pool), directory.name)),
  ]);
  if (code !== 0)
    throw new HypervisorError(`cannot remove what is left of '${vm.name}': ${plainText(stderr)}`);
  const lines = stdout.split("\n");
  for (const of of removed)
    warn(
      lines.includes("kept")
        ? `removed the VM that run ${of} had kept`
        : `removed the VM of run ${of}, which died or lost its connection`,
    );
  for (const name of lines.filter((each) => each.includes(".part-")))
    warn(`removed the half-made restore point ${plainText(name)}`);
}

const taken = (hypervisor: string, name: string, project: string | undefined) =>
  new HypervisorError(
    project === undefined
      ? `'${hypervisor}' has a domain '${name}' that farm did not make`
      : `'${hypervisor}' has a VM '${name}' of project '${project}'`,
    { hint: "run beside it with --instance NAME, or give this VM another metadata.name" },
  );
