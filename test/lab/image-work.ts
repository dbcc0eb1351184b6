import { systemClock } from "../../src/clock.js";
import type { ImageRecipe } from "../../src/images/recipe/image-recipe.js";
import { ImageStore } from "../../src/images/store.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../../src/provision/model.js";
import type { Steps } from "../../src/provision/steps.js";
import { fetchImages, prepareDisks } from "../../src/provision/vm/disks.js";
import { vmDirectory } from "../../src/provision/vm-directory.js";
import { persistentShell } from "../../src/transport/persistent/persistent-shell.js";
import { connectSsh } from "../../src/transport/ssh/ssh-shell.js";

/** What the program is told, as JSON in its environment. */
export interface ImageWork {
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  readonly hostKey: string;
  readonly recipes: readonly ImageRecipe[];
  /** Of the VM's directory in the pool. */
  readonly name: string;
}

/** A program: all that farm does with the images of one VM before it boots, on a hypervisor of the lab. Says what it warns of and where the disks are. */
async function main({ port, user, keyFile, hostKey, recipes, name }: ImageWork): Promise<void> {
  const connection = await connectSsh({
    ...{ name: user, host: "127.0.0.1", port, user, auth: { keyFiles: [keyFile] } },
    hostKey: { kind: "pinned", key: hostKey, onFirst: () => undefined },
  });
  const shell = persistentShell(connection);
  const libvirt_pool_dir = "~/.local/share/libvirt/images";
  const onWarning = (message: string) => void process.stderr.write(`${message}\n`);
  const store = new ImageStore(shell, libvirt_pool_dir, { clock: systemClock, onWarning });
  const disks = recipes.map(() => ({ readonly: false }));
  const definition = { metadata: { libvirt_pool_dir }, disks };
  const vm = { name, recipes, besides: [], definition } as unknown as PlacedVm;
  const hypervisor = { shell, store: () => store } as unknown as HypervisorSession;
  const run = { stop: new AbortController().signal, emit: () => undefined } as unknown as RunContext;
  const steps = { run: (_step: string, _detail: string, work: () => unknown) => work() } as unknown as Steps;
  try {
    const images = await fetchImages(vm, hypervisor, run, steps);
    const directory = vmDirectory(await store.poolPath(), name);
    const access = { seed: { files: { "meta-data": "a\n", "user-data": "b\n" } } };
    await prepareDisks(vm, images, directory, access, hypervisor, run);
    process.stdout.write(`${JSON.stringify({ images, directory: directory.path })}\n`);
  } finally {
    await shell.close();
  }
}

main(JSON.parse(process.env["IMAGE_WORK"] ?? "")).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 3;
});
