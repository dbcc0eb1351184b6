import { randomUUID } from "node:crypto";
import { asFarmError, GuestError, HypervisorError } from "../errors.js";
import type { StoredImage } from "../images/store-layout.js";
import type { DomainDisk } from "../libvirt/disks.js";
import { domainXml } from "../libvirt/domain-xml.js";
import type { LibvirtDriver } from "../libvirt/driver.js";
import type { Ownership } from "../libvirt/ownership.js";
import { isOff } from "../libvirt/virsh.js";
import { VirshError } from "../libvirt/virsh-error.js";
import { domainName } from "../naming.js";
import { type Manifest, pointTitle } from "../restore/manifest.js";
import { leavesCommand, memoryPath, NOT_SAVED, POINT_GONE, saveCommand } from "../restore/save-command.js";
import { movedDomain, renamedDomain } from "../restore/saved-xml.js";
import { commitCommand, NOT_OURS, snapshotCommand } from "../restore/snapshot-command.js";
import { plainText } from "../transport/plain-text.js";
import { type RenewableShell, renewableShell } from "../transport/renewable-shell.js";
import { disksDetail, leafDisks, prepareDisks } from "./disks.js";
import { emulatorOf } from "./emulator.js";
import { runFirstBoot, waitForCloudInit } from "./first-boot.js";
import { growFileSystem, partitionToGrow } from "./grow-file-system.js";
import { GuestNetwork, type OpenForward } from "./guest-network.js";
import { saveHostKey } from "./host-key-file.js";
import { logIn, loginDeadline, withConsole } from "./log-in.js";
import type { HypervisorSession, PlacedVm, RunContext } from "./model.js";
import { setUp } from "./set-up.js";
import type { Steps } from "./steps.js";
import { removeDirectory, type VmDirectory } from "./vm-directory.js";
import type { VmPoints } from "./vm-points.js";
import { loginProcess, setClock, wakeUp } from "./wake-up.js";

/** How long a guest that runs may take to answer. */
const ANSWERS_MS = 30_000;

/** One VM of a run on its hypervisor: its domain, its files and the way in. */
export class VirtualMachine {
  /** The restore point that its disks stand on. */
  base: Manifest | undefined;
  uuid: string | undefined;
  readonly #pin: { key: string | undefined } = { key: undefined };
  readonly #libvirt: LibvirtDriver;
  readonly #network: GuestNetwork;
  #guest: RenewableShell | undefined;
  /** How many layers each of its disks has had before the one that is written to. */
  #layer = 0;
  /** Ends when the last point taken is written; with why it is none. */
  #written: Promise<HypervisorError | undefined> = Promise.resolve(undefined);

  constructor(
    readonly vm: PlacedVm,
    readonly hypervisor: HypervisorSession,
    readonly run: RunContext,
    readonly steps: Steps,
    readonly pool: string,
    readonly directory: VmDirectory,
    readonly points: VmPoints,
  ) {
    this.#libvirt = hypervisor.libvirt(vm.definition.metadata.connection);
    this.#network = new GuestNetwork(vm, hypervisor, run, steps, directory, pool);
  }

  /** libvirt's name for it. */
  get domainName(): string {
    return domainName(this.vm.definition.metadata.name, this.run.instance);
  }

  /** What leads to ports of the guest, besides SSH's. */
  get forwards(): readonly OpenForward[] {
    return this.#network.forwards;
  }

  /** The guest's shell; it outlives saving and restoring. */
  get guest(): RenewableShell {
    if (this.#guest) return this.#guest;
    throw new GuestError(`'${this.vm.name}' does not run`);
  }

  /** Boots from the images. @throws FarmError */
  async boot(images: readonly StoredImage[]): Promise<void> {
    const { vm, steps, directory } = this;
    const disks = await steps.run("disks", disksDetail(vm.recipes), () =>
      prepareDisks(vm, images, directory, this.points.access(), this.hypervisor, this.run),
    );
    await this.#start(disks);
    await this.#setUpUser();
    await this.#logIn("booted");
    await this.#setUpRoot();
    await this.#growFileSystem(images);
    await this.#firstBoot();
  }

  /**
   * Goes on where a point was made. When its memory cannot be used the guest boots from the point's disks.
   * @returns whether its memory was used, and what the tasks before it had left
   * @throws FarmError
   */
  async restore(
    point: Manifest,
    images: readonly StoredImage[],
  ): Promise<{ readonly live: boolean; readonly state: string }> {
    const { state, xml } = await this.steps.run("disks", point.name, () => this.#leaves(point));
    this.base = point;
    this.#pin.key = point.hostKey;
    if (point.live) {
      try {
        await this.#resume(point, xml);
        return { live: true, state };
      } catch (error) {
        if (!(error instanceof VirshError || error instanceof GuestError)) throw error;
        this.run.stop.throwIfAborted();
        const message = `the saved memory of ${pointTitle(point)} cannot be used, so the guest boots from its disks: ${error.message}`;
        this.run.emit({ type: "warning", vm: this.vm.name, message });
        if (this.uuid !== undefined) await this.#libvirt.remove(this.uuid);
        await this.#leaves(point);
      }
    }
    await this.#start(leafDisks(this.vm, images, this.directory, point.seed));
    await this.#logIn("booted");
    // A guest that is emulated loses time while it boots.
    await setClock(this.vm, this.guest, this.run);
    return { live: false, state };
  }

  /** Makes a restore point of the guest's state, and goes on from it. @throws FarmError; `this.guest` then may be gone */
  async save(point: Manifest, images: readonly StoredImage[], state: string): Promise<void> {
    const { uuid } = this;
    if (uuid === undefined) throw new HypervisorError(`'${this.vm.name}' has no domain`);
    const lost = await this.#written;
    if (lost) throw new HypervisorError(`it would stand on one that could not be written: ${lost.message}`);
    if (!point.live || !(await this.#snapshot(point, uuid, state)))
      await this.#endAndGoOn(point, uuid, images, state);
  }

  /** Waits for the point under way. */
  async written(): Promise<void> {
    await this.#written;
  }

  /**
   * Takes the guest's state while it stands still for a moment; writing it down goes on behind its back, and what goes wrong there is a warning.
   * @returns whether its disks can be had at all while it runs
   */
  async #snapshot(point: Manifest, uuid: string, state: string): Promise<boolean> {
    const { run, steps, hypervisor, pool, vm } = this;
    const login = await loginProcess(this.guest, run);
    const manifest = { ...point, ...(login !== undefined && { login }) };
    const uri = vm.definition.metadata.connection;
    const { code, stderr } = await steps.run("save", point.name, () =>
      hypervisor.shell.run(snapshotCommand({ pool, uri, uuid, manifest, state, layer: this.#layer })),
    );
    if (code === NOT_OURS) return false;
    if (code !== 0) throw this.#notSaved(stderr);
    this.base = manifest;
    this.#layer += 1;
    this.#written = this.#write(manifest);
    await setClock(vm, this.guest, run);
    return true;
  }

  /** @returns why there is no point */
  async #write(point: Manifest): Promise<HypervisorError | undefined> {
    const { run, steps, hypervisor, pool, vm } = this;
    const uri = vm.definition.metadata.connection;
    try {
      const { code, stderr } = await steps.run("write", point.name, () =>
        hypervisor.shell.run(commitCommand({ pool, uri, manifest: point })),
      );
      if (code === 0) return undefined;
      throw new HypervisorError(`cannot write it on '${hypervisor.name}': ${plainText(stderr)}`);
    } catch (thrown) {
      this.base = undefined;
      const error = new HypervisorError(asFarmError(thrown).message, { cause: thrown });
      const message = `there is no restore point ${pointTitle(point)}: ${error.message}`;
      run.emit({ type: "warning", vm: vm.name, message });
      return error;
    }
  }

  /** Ends the guest, whose disks and memory become the point, and starts it again from there. */
  async #endAndGoOn(
    point: Manifest,
    uuid: string,
    images: readonly StoredImage[],
    state: string,
  ): Promise<void> {
    const { run, steps, hypervisor, pool, vm } = this;
    await this.guest.run({ argv: ["sync"], timeoutMs: 300_000 }, { signal: run.stop });
    await this.guest.suspend();
    const uri = vm.definition.metadata.connection;
    if (!point.live) await this.#powerOff(uuid);
    const save = saveCommand({ pool, uri, uuid, manifest: point, state });
    const { code, stderr } = await steps.run("save", point.name, () => hypervisor.shell.run(save));
    if (code === NOT_SAVED) await this.guest.renew(loginDeadline(vm, "restored"), run.stop);
    if (code !== 0) throw this.#notSaved(stderr);
    await this.restore(point, images);
  }

  #notSaved(stderr: string): HypervisorError {
    const { vm, hypervisor } = this;
    return new HypervisorError(`cannot save '${vm.name}' on '${hypervisor.name}': ${plainText(stderr)}`, {
      hint: "`restore_mode: cold` keeps no memory",
    });
  }

  /** Whether it runs and answers. */
  async alive(): Promise<boolean> {
    try {
      if (this.uuid === undefined || isOff(await this.#libvirt.state(this.uuid))) return false;
      const { code } = await this.guest.run({ argv: ["true"], timeoutMs: ANSWERS_MS });
      return code === 0;
    } catch {
      return false; // Whoever asks has an error of his own to show.
    }
  }

  /** Takes away all that farm made for it. The lock's file stays for the next run. */
  async remove(): Promise<void> {
    if (this.uuid !== undefined) await this.#libvirt.remove(this.uuid);
    await removeDirectory(this.hypervisor.shell, this.directory.path);
    await this.#network.close();
  }

  ownership(): Ownership {
    const { run, vm, directory } = this;
    const created = new Date(run.clock.now()).toISOString();
    return { project: run.project, vm: vm.name, run: run.run, directory: directory.path, created };
  }

  /** Writes down who the guest is, for those who log in to it after the run. @throws HypervisorError */
  async keepHostKey(): Promise<void> {
    const { key } = this.#pin;
    if (key !== undefined) await saveHostKey(this.hypervisor.shell, this.directory.path, key);
  }

  get hostKey(): string | undefined {
    return this.#pin.key;
  }

  /** @returns the state that tasks had left, and the XML of the saved domain: empty for a point without memory */
  async #leaves(point: Manifest): Promise<{ state: string; xml: string }> {
    const { shell, name } = this.hypervisor;
    const command = leavesCommand(this.pool, this.directory.path, point);
    const { code, stdout, stderr } = await shell.run(command, { signal: this.run.stop });
    this.#layer = 0;
    if (code === 0) return { state: firstLine(stdout), xml: stdout.slice(firstLine(stdout).length + 1) };
    const why = code === POINT_GONE ? "it was removed meanwhile" : plainText(stderr);
    throw new HypervisorError(`cannot restore ${point.name} on '${name}': ${why}`);
  }

  async #resume(point: Manifest, xml: string): Promise<void> {
    const { directory, steps, pool } = this;
    const moved = movedDomain(xml, point.domain.directory, this.ownership());
    const memory = memoryPath(pool, point);
    // libvirt knows a guest by its name and UUID, and has each once: an instance's are its own.
    const isItself = point.domain.name === this.domainName;
    const uuid = isItself ? point.domain.uuid : randomUUID();
    this.uuid = uuid;
    await this.#network.prepare();
    await steps.run("restore", point.name, () =>
      isItself
        ? this.#libvirt.restore(memory, moved, directory.path, this.run.stop)
        : this.#libvirt.restoreRenamed(
            memory,
            renamedDomain(moved, this.domainName, uuid),
            directory.path,
            this.run.stop,
          ),
    );
    await this.#network.open(uuid);
    await this.#logIn("restored");
    await steps.run("wake up", undefined, () => wakeUp(this.vm, this.guest, this.run, point.login));
  }

  async #start(disks: readonly DomainDisk[]): Promise<void> {
    const { vm, steps, directory, hypervisor } = this;
    const uuid = randomUUID();
    await this.#network.prepare();
    const xml = domainXml({
      definition: vm.definition,
      template: vm.template,
      name: this.domainName,
      uuid,
      emulator: emulatorOf(vm, hypervisor.state),
      disks,
      credentials: this.points.access().credentials ?? [],
      consoleLog: directory.consoleLog,
      nvram: directory.nvram,
      vdeSwitch: this.#network.vdeSwitch,
      ownership: this.ownership(),
    });
    this.uuid = uuid;
    await steps.run("define", undefined, () => this.#libvirt.define(xml));
    await steps.run("start", vm.definition.virt_domain, () => this.#libvirt.start(uuid));
    await this.#network.open(uuid);
  }

  async #logIn(how: "booted" | "restored"): Promise<void> {
    const { vm, steps, run } = this;
    const deadlineMs = loginDeadline(vm, how);
    const to = `${vm.definition.metadata.auth.user}@${this.#network.shown}`;
    await this.#telling(() =>
      steps.run("ssh", to, async () => {
        if (this.#guest) return this.#guest.renew(deadlineMs, run.stop);
        const connect = (ms: number, signal: AbortSignal = run.stop) => this.#connect(ms, signal);
        this.#guest = renewableShell(await connect(deadlineMs), connect);
      }),
    );
  }

  /** An error of the guest's comes with the end of its console. */
  async #telling(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw error instanceof GuestError ? await withConsole(error, this.directory, this.hypervisor) : error;
    }
  }

  async #growFileSystem(images: readonly StoredImage[]): Promise<void> {
    const { vm, steps, run } = this;
    const partition = partitionToGrow(vm, images);
    if (partition === undefined) return;
    await steps.run("grow", `partition ${partition}`, () => growFileSystem(vm, partition, this.guest, run));
  }

  /** As root, by the key of a credential, before the user is there whom farm is to be. */
  async #setUpUser(): Promise<void> {
    const { vm, steps, run } = this;
    const { setup } = this.points.access();
    if (setup?.by !== "login" || setup.user === "root") return;
    const deadlineMs = loginDeadline(vm, "booted");
    await this.#telling(() =>
      steps.run("set up", setup.user, async () => {
        const root = await this.#connect(deadlineMs, run.stop, "root");
        await setUp(vm, setup, root, run).finally(() => root.close());
      }),
    );
  }

  async #setUpRoot(): Promise<void> {
    const { vm, steps, run, guest } = this;
    const { setup } = this.points.access();
    if (setup?.by === "login" && setup.user === "root")
      await steps.run("set up", "root", () => setUp(vm, setup, guest, run));
  }

  /** What the user wants done before anything else, and before there is a point. */
  async #firstBoot(): Promise<void> {
    const { vm, steps, run, guest } = this;
    const { seed, firstBoot } = this.points.access();
    const { guest: told } = vm.recipes[0] ?? {};
    if (seed && (told?.userData || firstBoot))
      await steps.run("cloud-init", undefined, () =>
        waitForCloudInit(vm, guest, run, loginDeadline(vm, "booted")),
      );
    if (firstBoot)
      await steps.run("first boot", firstBoot.name, () => runFirstBoot(vm, firstBoot, guest, run));
  }

  #connect(deadlineMs: number, signal: AbortSignal, user = this.vm.definition.metadata.auth.user) {
    const { locate, shown } = this.#network;
    const running = { uuid: this.uuid ?? "", locate, shown, user, pin: this.#pin };
    return logIn(this.vm, running, this.hypervisor, this.run, deadlineMs, signal);
  }

  async #powerOff(uuid: string): Promise<void> {
    const { vm, run, steps } = this;
    const deadlineMs = loginDeadline(vm, "booted");
    await steps.run("power off", undefined, async () => {
      await this.#libvirt.shutdown(uuid, run.stop);
      await this.#libvirt.waitUntilOff(uuid, deadlineMs, run.stop);
      await this.#libvirt.undefineKeepingNvram(uuid, run.stop);
    });
  }
}

const firstLine = (text: string): string => text.slice(0, Math.max(0, text.indexOf("\n")));
