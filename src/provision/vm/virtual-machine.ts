import { GuestError } from "../../errors.js";
import { failPoint } from "../../fail-point.js";
import type { StoredImage } from "../../images/layout/store-layout.js";
import type { OpenForward } from "../../libvirt/domain/passt.js";
import type { LibvirtDriver } from "../../libvirt/driver.js";
import { VirshError } from "../../libvirt/virsh-error.js";
import { goesOn } from "../../restore/choices.js";
import { type Manifest, pointTitle } from "../../restore/manifest.js";
import type { RenewableShell } from "../../transport/persistent/renewable-shell.js";
import type { SshConnection } from "../../transport/ssh/ssh-connection.js";
import { growFileSystem } from "../guest/grow-file-system.js";
import { GuestDomain, type VmParts } from "../guest/guest-domain.js";
import { GuestLogin } from "../guest/guest-login.js";
import { GuestNetwork } from "../guest/guest-network.js";
import { saveHostKey } from "../guest/host-key-file.js";
import { setClock, wakeUp } from "../guest/wake-up.js";
import { removeDirectory } from "../vm-directory.js";
import { withCleanup } from "./cleanup.js";
import { disksDetail, leafDisks, prepareDisks } from "./disks.js";
import { afterLogin, beforeLogin } from "./first-steps.js";
import { freshSeed, hasCardOf, layOnPoint, type PointState } from "./point-disks.js";
import { PointTaker } from "./point-taker.js";

/** How long a guest that runs may take to answer. */
const ANSWERS_MS = 30_000;

/** One VM of a run on its hypervisor: its domain, its files and the way in. */
export class VirtualMachine {
  /** The restore point that its disks stand on. */
  base: Manifest | undefined;
  readonly #network: GuestNetwork;
  readonly #domain: GuestDomain;
  readonly #login: GuestLogin;
  readonly #taker: PointTaker;

  constructor(readonly parts: VmParts) {
    const { vm, hypervisor, run, steps, directory, pool } = parts;
    this.#network = new GuestNetwork(vm, hypervisor, run, steps, directory, pool);
    this.#domain = new GuestDomain(parts, this.#network);
    this.#login = new GuestLogin(parts, this.#network, this.#domain);
    this.#taker = new PointTaker(this);
  }

  /** libvirt's name for it. */
  get domainName(): string {
    return this.#domain.name;
  }

  /** Of its domain, once there is one. */
  get uuid(): string | undefined {
    return this.#domain.uuid;
  }

  get libvirt(): LibvirtDriver {
    return this.#domain.libvirt;
  }

  /** What leads to ports of the guest, besides SSH's. */
  get forwards(): readonly OpenForward[] {
    return this.#network.forwards;
  }

  /** The guest's shell; it outlives saving and restoring. @throws GuestError when the guest does not run */
  get guest(): RenewableShell {
    return this.#login.shell;
  }

  get hostKey(): string | undefined {
    return this.#login.hostKey;
  }

  /** A connection for sessions of the user's own. @throws FarmError */
  connect(signal: AbortSignal): Promise<SshConnection> {
    return this.#login.connect(signal);
  }

  /** Boots from the images. @throws FarmError */
  async boot(images: readonly StoredImage[]): Promise<void> {
    const { vm, steps, directory, points, hypervisor, run } = this.parts;
    const access = points.access({ definition: vm.definition });
    const disks = await steps.run("disks", disksDetail(vm.recipes), () =>
      prepareDisks(vm, images, directory, access, hypervisor, run),
    );
    await this.#domain.start(disks);
    await beforeLogin(this.parts, access, this.#login);
    await this.#login.logIn("booted");
    await growFileSystem(vm, images, this.guest, run, steps);
    await afterLogin(this.parts, access, this.#login);
  }

  /**
   * Goes on where a point was made. When its memory cannot be used the guest boots from the point's disks.
   * @returns whether the VM needs another point, since the memory of this one was refused, and what the tasks before it had left
   * @throws FarmError
   */
  async restore(
    point: Manifest,
    images: readonly StoredImage[],
  ): Promise<{ readonly refused: boolean; readonly state: string }> {
    const { vm, steps, directory, run } = this.parts;
    const { state, xml } = await steps.run("disks", point.name, () => this.#leaves(point));
    this.base = point;
    this.#login.hostKey = point.hostKey;
    // A guest's memory has its card's address in it: beside whose it is, it must boot to have another one.
    const tries = goesOn(point, vm.blueprint.settings.restoreMode) && hasCardOf(point, this.parts);
    if (tries && (await this.#resumed(point, xml))) return { refused: false, state };
    if (tries) await this.#leaves(point);
    await freshSeed(point, this.parts);
    await this.#domain.start(leafDisks(vm, images, directory, point.seed));
    await this.#login.logIn("booted");
    // A guest that is emulated loses time while it boots.
    await setClock(vm, this.guest, run);
    // Beside whose it is, an instance can do without it.
    const needsOwn = run.instance === undefined || this.#domain.isOf(point);
    return { refused: tries && needsOwn, state };
  }

  /** Makes a restore point of the guest's state, and goes on from it. @throws FarmError; `this.guest` then may be gone */
  save(point: Manifest, images: readonly StoredImage[], state: string): Promise<void> {
    return this.#taker.save(point, images, state);
  }

  /** Waits for the point under way. */
  written(): Promise<void> {
    return this.#taker.written();
  }

  /** Whether it runs and answers. */
  async alive(): Promise<boolean> {
    try {
      if (!(await this.#domain.isRunning())) return false;
      const { code } = await this.guest.run({ argv: ["true"], timeoutMs: ANSWERS_MS });
      return code === 0;
    } catch {
      return false; // Whoever asks has an error of his own to show.
    }
  }

  /**
   * Takes away all that farm made for it, its directory last: as long as that is there somebody sees what is left. The lock's file stays.
   * @param meanwhile what needs its files, while the guest is ended
   * @throws what failed first of the removal, else of `meanwhile`; the other is a warning
   */
  async remove(meanwhile: () => Promise<unknown>): Promise<void> {
    const { run, vm, steps } = this.parts;
    const destroy = async () => {
      if (this.uuid !== undefined) await steps.run("destroy", undefined, () => this.#domain.remove());
    };
    const [ended, done] = await Promise.allSettled([destroy(), meanwhile()]);
    await withCleanup(
      async (defer) => {
        defer(() => fulfilled(done));
        fulfilled(ended);
        await this.#removeFiles();
      },
      ({ message }) => run.emit({ type: "warning", vm: vm.name, message }),
    );
  }

  async #removeFiles(): Promise<void> {
    const { hypervisor, directory } = this.parts;
    await this.#network.close();
    failPoint("shutdown/files");
    await removeDirectory(hypervisor.shell, directory.path);
    failPoint("shutdown/files.");
  }

  /** Writes down that it is left on purpose, and who the guest is, for those who log in to it after the run. @throws HypervisorError */
  async keep(): Promise<void> {
    const { hypervisor, directory } = this.parts;
    await hypervisor.shell.writeFile(directory.kept, "");
    if (this.hostKey !== undefined) await saveHostKey(hypervisor.shell, directory.path, this.hostKey);
  }

  #leaves(point: Manifest): Promise<PointState> {
    this.#taker.begin();
    return layOnPoint(point, this.parts);
  }

  /** @returns false when the memory cannot be used, which is a warning; there is no domain then @throws FarmError */
  async #resumed(point: Manifest, xml: string): Promise<boolean> {
    const { vm, run, steps } = this.parts;
    try {
      await this.#domain.resume(point, xml);
      await this.#login.logIn("restored");
      await steps.run("wake up", undefined, () => wakeUp(vm, this.guest, run, point.login));
      return true;
    } catch (error) {
      if (!(error instanceof VirshError || error instanceof GuestError)) throw error;
      run.stop.throwIfAborted();
      const message = `the saved memory of ${pointTitle(point)} cannot be used, so the guest boots from its disks: ${error.message}`;
      run.emit({ type: "warning", vm: vm.name, message });
      await this.#domain.remove();
      return false;
    }
  }
}

function fulfilled(result: PromiseSettledResult<unknown>): void {
  if (result.status === "rejected") throw result.reason;
}
