import type { FarmEvent } from "../../events.js";
import { failPoint } from "../../fail-point.js";
import type { GuestAccess } from "../../images/access/access.js";
import { customize } from "../../images/access/customize.js";
import { expectSuccess, type ImageProgress } from "../../images/fetch/job.js";
import type { StoredImage } from "../../images/layout/store-layout.js";
import type { ImageRecipe, OwnCallback } from "../../images/recipe/image-recipe.js";
import { isoImage } from "../../images/seed/iso9660.js";
import { seedCommand } from "../../images/seed/seed-command.js";
import type { DomainDisk } from "../../libvirt/domain/disks.js";
import { ownerOf } from "../../restore/run-record.js";
import { formatSize } from "../../values/size.js";
import { allEnded } from "../all-ended.js";
import { type CallbackRules, callbackMaker, runCallback } from "../callback-maker.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import type { Steps } from "../steps.js";
import { makeDirectory, type VmDirectory } from "../vm-directory.js";

/** Runs the user's callbacks that make no image, then brings the images of a VM into the hypervisor's store; several at the same time. */
export async function fetchImages(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
  steps: Steps,
): Promise<StoredImage[]> {
  const store = hypervisor.store(vm.definition.metadata.libvirt_pool_dir);
  const nothing = () => undefined;
  for (const callback of vm.besides)
    await steps.run("callback", callback.shown, () =>
      runCallback({ vm, callback, directory: undefined, note: nothing }, hypervisor, run, run.stop),
    );
  const makerOf = async (callback: OwnCallback) =>
    callbackMaker(vm, callback, hypervisor, run, await callbackRules(vm, run));
  const fetchOne = (recipe: ImageRecipe) =>
    steps.run("image", recipe.url, () =>
      store.ensure(recipe, {
        signal: run.stop,
        owner: ownerOf(run),
        waits: run.waits,
        makerOf,
        onProgress: (progress) => run.emit(eventOf(vm.name, progress)),
      }),
    );
  return allEnded<StoredImage[]>(vm.recipes.map(fetchOne));
}

async function callbackRules(vm: PlacedVm, run: RunContext): Promise<CallbackRules> {
  const { project, points } = run;
  const { directory, environment } = points;
  return { fingerprints: run.fingerprints(await run.key(vm.blueprint)), project, directory, environment };
}

function eventOf(vm: string, progress: ImageProgress): FarmEvent {
  if (progress.step !== "wait for another farm") return { type: "progress", vm, unit: "bytes", ...progress };
  const { holder, deadlineMs } = progress;
  return { type: "waiting", vm, what: `another farm to fetch the same image: ${holder}`, deadlineMs };
}

/** Makes a VM's directory with its overlays and, where its images want one, the seed disk with farm's key. */
export async function prepareDisks(
  vm: PlacedVm,
  images: readonly StoredImage[],
  directory: VmDirectory,
  access: GuestAccess,
  hypervisor: HypervisorSession,
  run: RunContext,
): Promise<DomainDisk[]> {
  const { shell } = hypervisor;
  const store = hypervisor.store(vm.definition.metadata.libvirt_pool_dir);
  await makeDirectory(
    shell,
    directory.path,
    images.map(({ path }) => path),
  );
  const disks = leafDisks(vm, images, directory, access.seed !== undefined);
  await Promise.all(
    vm.definition.disks.map(async (disk, index) => {
      const [image, recipe] = [images[index], vm.recipes[index]];
      if (image && recipe && !disk.readonly)
        await store.createLeaf(image, directory.disk(index), recipe, run.stop);
    }),
  );
  const [system] = disks;
  if (access.setup?.by === "customize" && system)
    await customize(shell, system.path, access.setup, {
      emulated: vm.definition.virt_domain === "qemu",
      signal: run.stop,
    });
  failPoint("image/seed");
  if (access.seed !== undefined)
    await expectSuccess(
      { shell, signal: run.stop },
      seedCommand(directory.seed, isoImage("cidata", access.seed.files)),
      "make the seed disk of",
    );
  return disks;
}

/** A VM's disks as its domain names them: its own ones in its directory, read-only ones where they lie. */
export function leafDisks(
  vm: PlacedVm,
  images: readonly StoredImage[],
  directory: VmDirectory,
  seed: boolean,
): DomainDisk[] {
  const disks = vm.definition.disks.map((disk, index): DomainDisk => {
    const image = images[index];
    if (!image) throw new Error(`disk ${index} of '${vm.name}' has no image`);
    const common = { target: disk.devname, bus: disk.bus };
    if (disk.readonly) return { ...common, path: image.path, format: image.format, readonly: true };
    return { ...common, path: directory.disk(index), format: "qcow2", readonly: false };
  });
  const seedDisk: DomainDisk = { ...vm.seedDisk, path: directory.seed, format: "raw", readonly: true };
  return seed ? [...disks, seedDisk] : disks;
}

/** `10G overlay`: what the events and the plan say of a VM's disks. */
export const disksDetail = (recipes: readonly ImageRecipe[]): string =>
  recipes
    .map(({ dest, sizeBytes }) => `${dest}${sizeBytes === undefined ? "" : ` (${formatSize(sizeBytes)})`}`)
    .join(", ");
