import type { StoredImage } from "../images/store-layout.js";
import { vmDirectoryName } from "../naming.js";
import { type PointChoices, restoredPoint } from "../restore/choices.js";
import { parseSurveys, surveyPool } from "../restore/survey.js";
import type { Defer } from "./cleanup.js";
import { fetchImages } from "./disks.js";
import { removeLeftovers } from "./leftovers.js";
import type { HypervisorSession, PlacedVm, RunContext } from "./model.js";
import { otherKeys } from "./other-keys.js";
import type { Steps } from "./steps.js";
import { VirtualMachine } from "./virtual-machine.js";
import { vmDirectory } from "./vm-directory.js";
import { lockVm } from "./vm-lock.js";
import { VmPoints } from "./vm-points.js";

/** A VM that has its images; it runs, unless one of its restore points is to be restored. */
export interface Prepared {
  readonly machine: VirtualMachine;
  readonly images: readonly StoredImage[];
  readonly choices: PointChoices;
}

/**
 * The startup phase: lock, images, the choice of a restore point; without one disks, domain, first login. `own` is called before
 * anything of the VM is made, so that the caller can take it away again whatever happens next.
 * @throws FarmError
 */
export async function startUp(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
  steps: Steps,
  defer: Defer,
  own: (machine: VirtualMachine) => void,
): Promise<Prepared> {
  const { definition } = vm;
  const libvirt = hypervisor.libvirt(definition.metadata.connection);
  const store = hypervisor.store(definition.metadata.libvirt_pool_dir);
  const pool = await store.poolPath();
  const directory = vmDirectory(pool, vmDirectoryName(run.project, vm.name, run.instance));
  const lock = await lockVm(
    hypervisor.shell,
    vm.name,
    directory.lock,
    `${run.owner}, run ${run.run}`,
    definition.metadata.connection,
    run.waits ? waiting(vm, run) : undefined,
  );
  defer(() => lock.release());
  const dead = await run.records.open(vm, hypervisor, pool);
  const [, images] = await Promise.all([
    removeLeftovers(vm, libvirt, hypervisor.shell, pool, directory, run, dead),
    fetchImages(vm, hypervisor, run, steps),
  ]);
  run.stop.throwIfAborted();
  const key = await run.key(vm.blueprint);
  const others = await otherKeys(vm);
  const points = new VmPoints(vm, hypervisor.state, run.points, key, run.fingerprints(key), others);
  const machine = new VirtualMachine(vm, hypervisor, run, steps, pool, directory, points);
  const survey = await hypervisor.shell.run(surveyPool(pool), { signal: run.stop });
  const digests = images.map(({ sha256 }) => sha256);
  const choices = await points.choose(
    parseSurveys(survey.stdout).get(pool)?.points ?? [],
    digests,
    run.clock.now(),
  );
  own(machine);
  if (!restoredPoint(choices)) await machine.boot(images);
  return { machine, images, choices };
}

const waiting = (vm: PlacedVm, run: RunContext) => ({
  clock: run.clock,
  signal: run.stop,
  onWaiting: (owner: string, deadlineMs: number) =>
    run.emit({ type: "waiting", vm: vm.name, what: `another farm to leave this VM: ${owner}`, deadlineMs }),
});
