import { failPoint } from "../../fail-point.js";
import type { StoredImage } from "../../images/layout/store-layout.js";
import { networkOf } from "../../libvirt/domain/card.js";
import { vmDirectoryName } from "../../naming.js";
import { type PointChoices, restoredPoint } from "../../restore/choices.js";
import { ownerOf } from "../../restore/run-record.js";
import { parseSurveys, surveyPool } from "../../restore/survey.js";
import { allEnded } from "../all-ended.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import { otherKeys } from "../plan/other-keys.js";
import type { Steps } from "../steps.js";
import { vmDirectory } from "../vm-directory.js";
import { lockVm } from "../vm-lock.js";
import { VmPoints } from "../vm-points.js";
import type { Defer } from "./cleanup.js";
import { fetchImages } from "./disks.js";
import { refuseTaken, removeLeftovers } from "./leftovers.js";
import { VirtualMachine } from "./virtual-machine.js";

/** Others may have made restore points, or removed some, while images were fetched. */
const OLD_SURVEY_MS = 5_000;

/** A VM that has its images; it runs, unless one of its restore points is to be restored. */
export interface Prepared {
  readonly machine: VirtualMachine;
  readonly images: readonly StoredImage[];
  readonly choices: PointChoices;
}

/**
 * The startup phase: lock, images, the choice of a restore point; without one disks, domain, first login. `owned` is called before
 * anything of the VM is made, so that the caller can take it away again whatever happens next.
 * @throws FarmError
 */
export async function startUp(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
  steps: Steps,
  defer: Defer,
  owned: (machine: VirtualMachine) => void,
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
    ownerOf(run),
    definition.metadata.connection,
    run.waits ? waiting(vm, run) : undefined,
  );
  defer(() => lock.release());
  failPoint("startup/lock.");
  const survey = () => hypervisor.shell.run(surveyPool(pool), { signal: run.stop });
  const surveyed = run.clock.now();
  const [, domains, early] = await allEnded([
    run.records.open(vm, hypervisor, pool),
    libvirt.listAll(run.stop),
    survey(),
  ]);
  failPoint("startup/record.");
  refuseTaken(domains, vm, directory, run);
  const [, images] = await allEnded([
    removeLeftovers(domains, vm, libvirt, hypervisor.shell, pool, directory, run),
    fetchImages(vm, hypervisor, run, steps),
  ]);
  run.stop.throwIfAborted();
  const key = await run.key(vm.blueprint);
  const others = await otherKeys(vm);
  const points = new VmPoints(vm, hypervisor.state, run.points, key, run.fingerprints(key), others);
  const { net } = definition;
  // What points are made from is the VM's, whichever instance makes them.
  const own = { ...vm, definition: { ...definition, net: networkOf(net, directory.path) } };
  const machine = new VirtualMachine({ vm: own, net, hypervisor, run, steps, pool, directory, points });
  const { stdout } = run.clock.now() - surveyed > OLD_SURVEY_MS ? await survey() : early;
  const digests = images.map(({ sha256 }) => sha256);
  const choices = await points.choose(parseSurveys(stdout).get(pool)?.points ?? [], digests, run.clock.now());
  owned(machine);
  if (!restoredPoint(choices)) await machine.boot(images);
  return { machine, images, choices };
}

const waiting = (vm: PlacedVm, run: RunContext) => ({
  clock: run.clock,
  signal: run.stop,
  onWaiting: (owner: string, deadlineMs: number) =>
    run.emit({ type: "waiting", vm: vm.name, what: `another farm to leave this VM: ${owner}`, deadlineMs }),
});
