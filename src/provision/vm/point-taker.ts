import { asFarmError, HypervisorError } from "../../errors.js";
import type { StoredImage } from "../../images/layout/store-layout.js";
import type { LibvirtDriver } from "../../libvirt/driver.js";
import type { Manifest } from "../../restore/manifest.js";
import { pointTitle } from "../../restore/manifest.js";
import { NOT_SAVED, saveCommand } from "../../restore/save-command.js";
import { commitCommand, NOT_OURS, snapshotCommand } from "../../restore/snapshot-command.js";
import type { RenewableShell } from "../../transport/persistent/renewable-shell.js";
import { plainText } from "../../transport/plain-text.js";
import type { VmParts } from "../guest/guest-domain.js";
import { loginDeadline } from "../guest/log-in.js";
import { loginProcess, setClock } from "../guest/wake-up.js";

/** A machine with a guest, as far as points of it need know it. */
interface Running {
  readonly parts: VmParts;
  /** The restore point that its disks stand on. */
  base: Manifest | undefined;
  readonly uuid: string | undefined;
  readonly libvirt: LibvirtDriver;
  readonly guest: RenewableShell;
  /** Goes on where a point was made. @throws FarmError */
  restore(point: Manifest, images: readonly StoredImage[]): Promise<unknown>;
}

/** Takes restore points of one VM's guest, while it runs where that is possible. */
export class PointTaker {
  /** How many layers each of the VM's disks has had before the one that is written to. */
  #layer = 0;
  /** Ends when the last point taken is written; with why it is none. */
  #written: Promise<HypervisorError | undefined> = Promise.resolve(undefined);

  constructor(private readonly machine: Running) {}

  /** The VM's disks are new ones. */
  begin(): void {
    this.#layer = 0;
  }

  /** Makes a restore point of the guest's state, and goes on from it. @throws FarmError; the guest then may be gone */
  async save(point: Manifest, images: readonly StoredImage[], state: string): Promise<void> {
    const { uuid, parts } = this.machine;
    if (uuid === undefined) throw new HypervisorError(`'${parts.vm.name}' has no domain`);
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
    const { machine } = this;
    const { run, steps, hypervisor, pool, vm } = machine.parts;
    const login = await loginProcess(machine.guest, run);
    const manifest = { ...point, ...(login !== undefined && { login }) };
    const uri = vm.definition.metadata.connection;
    const { code, stderr } = await steps.run("save", point.name, () =>
      hypervisor.shell.run(snapshotCommand({ pool, uri, uuid, manifest, state, layer: this.#layer })),
    );
    if (code === NOT_OURS) return false;
    if (code !== 0) throw this.#notSaved(stderr);
    machine.base = manifest;
    this.#layer += 1;
    this.#written = this.#write(manifest);
    await setClock(vm, machine.guest, run);
    return true;
  }

  /** @returns why there is no point */
  async #write(point: Manifest): Promise<HypervisorError | undefined> {
    const { run, steps, hypervisor, pool, vm } = this.machine.parts;
    const uri = vm.definition.metadata.connection;
    try {
      const { code, stderr } = await steps.run("write", point.name, () =>
        hypervisor.shell.run(commitCommand({ pool, uri, manifest: point })),
      );
      if (code === 0) return undefined;
      throw new HypervisorError(`cannot write it on '${hypervisor.name}': ${plainText(stderr)}`);
    } catch (thrown) {
      this.machine.base = undefined;
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
    const { machine } = this;
    const { guest } = machine;
    const { run, steps, hypervisor, pool, vm } = machine.parts;
    await guest.run({ argv: ["sync"], timeoutMs: 300_000 }, { signal: run.stop });
    await guest.suspend();
    const uri = vm.definition.metadata.connection;
    if (!point.live) await this.#powerOff(uuid);
    const save = saveCommand({ pool, uri, uuid, manifest: point, state });
    const { code, stderr } = await steps.run("save", point.name, () => hypervisor.shell.run(save));
    if (code === NOT_SAVED) await guest.renew(loginDeadline(vm, "restored"), run.stop);
    if (code !== 0) throw this.#notSaved(stderr);
    await machine.restore(point, images);
  }

  async #powerOff(uuid: string): Promise<void> {
    const { libvirt } = this.machine;
    const { vm, run, steps } = this.machine.parts;
    const deadlineMs = loginDeadline(vm, "booted");
    await steps.run("power off", undefined, async () => {
      await libvirt.shutdown(uuid, run.stop);
      await libvirt.waitUntilOff(uuid, deadlineMs, run.stop);
      await libvirt.undefineKeepingNvram(uuid, run.stop);
    });
  }

  #notSaved(stderr: string): HypervisorError {
    const { vm, hypervisor } = this.machine.parts;
    return new HypervisorError(`cannot save '${vm.name}' on '${hypervisor.name}': ${plainText(stderr)}`, {
      hint: "`restore_mode: cold` keeps no memory",
    });
  }
}
