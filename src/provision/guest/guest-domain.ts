import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { GuestError } from "../../errors.js";
import type { DomainDisk } from "../../libvirt/domain/disks.js";
import { type DomainInput, domainXml } from "../../libvirt/domain/domain-xml.js";
import type { Ownership } from "../../libvirt/domain/ownership.js";
import { type OpenForward, passtForwards, withForwards } from "../../libvirt/domain/passt.js";
import type { LibvirtDriver } from "../../libvirt/driver.js";
import { isOff } from "../../libvirt/virsh.js";
import { VirshError } from "../../libvirt/virsh-error.js";
import type { Net } from "../../load/definitions/vm-definition.js";
import { domainName } from "../../naming.js";
import type { Manifest } from "../../restore/manifest.js";
import { memoryPath } from "../../restore/save-command.js";
import { movedDomain, renamedDomain } from "../../restore/saved-xml.js";
import { emulatorOf } from "../emulator.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import type { Steps } from "../steps.js";
import type { VmDirectory } from "../vm-directory.js";
import type { VmPoints } from "../vm-points.js";
import type { GuestNetwork } from "./guest-network.js";

/** Of one VM of a run, what its domain and the way into it are made from. */
export interface VmParts {
  readonly vm: PlacedVm;
  /** The definition's own; an instance has another one. */
  readonly net: Net;
  readonly hypervisor: HypervisorSession;
  readonly run: RunContext;
  readonly steps: Steps;
  /** The pool directory, absolute. */
  readonly pool: string;
  readonly directory: VmDirectory;
  readonly points: VmPoints;
}

/** The domain of one VM: started from disks, or restored from memory. */
export class GuestDomain {
  /** Once there is one. */
  uuid: string | undefined;
  readonly libvirt: LibvirtDriver;

  constructor(
    private readonly parts: VmParts,
    private readonly network: GuestNetwork,
  ) {
    this.libvirt = parts.hypervisor.libvirt(parts.vm.definition.metadata.connection);
  }

  /** libvirt's name for it. */
  get name(): string {
    return domainName(this.parts.vm.definition.metadata.name, this.parts.run.instance);
  }

  /** @throws FarmError */
  async start(disks: readonly DomainDisk[]): Promise<void> {
    const { vm, steps, directory } = this.parts;
    const uuid = randomUUID();
    await this.network.prepare();
    const { definition } = vm;
    const xmlOn = (net: Net, forwards: readonly OpenForward[] = []) =>
      this.#xml({ definition: { ...definition, net }, forwards, uuid, disks, nvram: directory.nvram });
    this.uuid = uuid;
    const start = async (xml: string) => {
      await steps.run("define", undefined, () => this.libvirt.define(xml));
      await steps.run("start", definition.virt_domain, () => this.libvirt.start(uuid));
      await this.network.open(uuid, passtForwards(xml));
    };
    const { net } = definition;
    if (net.backend !== "passt") return start(xmlOn(net));
    try {
      await this.network.withPorts((forwards) => start(xmlOn(net, forwards)));
    } catch (thrown) {
      this.#refusePasst(thrown);
      await start(xmlOn({ ...net, backend: "default" }));
    }
  }

  #xml(own: Pick<DomainInput, "definition" | "forwards" | "uuid" | "disks" | "nvram">): string {
    const { vm, directory, hypervisor, points } = this.parts;
    return domainXml({
      ...own,
      template: vm.template,
      name: this.name,
      emulator: emulatorOf(vm, hypervisor.state),
      credentials: points.access({ definition: vm.definition }).credentials ?? [],
      consoleLog: directory.consoleLog,
      vdeSwitch: this.network.vdeSwitch,
      ownership: this.#ownership(),
    });
  }

  /** Goes on with saved memory. @param xml of the domain that it was saved of @throws FarmError */
  async resume(point: Manifest, xml: string): Promise<void> {
    const { directory, steps, pool, run } = this.parts;
    const moved = movedDomain(xml, point.domain.directory, this.#ownership());
    const memory = memoryPath(pool, point);
    const isItself = this.isOf(point);
    const uuid = isItself ? point.domain.uuid : randomUUID();
    this.uuid = uuid;
    await this.network.prepare();
    const restore = async (domain: string) => {
      await steps.run("restore", point.name, () =>
        isItself
          ? this.libvirt.restore(memory, domain, directory.path, run.stop)
          : this.libvirt.restoreRenamed(
              memory,
              renamedDomain(domain, this.name, uuid),
              directory.path,
              run.stop,
            ),
      );
      await this.network.open(uuid, passtForwards(domain));
    };
    if (passtForwards(moved) === undefined) {
      const can = await this.#canBeOnPasst();
      if (can !== undefined) throw new GuestError(`it is on QEMU's own user network, and ${can}`);
      return restore(moved);
    }
    await this.network.withPorts((forwards) => restore(withForwards(moved, forwards)));
  }

  /**
   * Why a guest that was saved without passt shall be on it now. Where that is farm's own choice, a domain that runs nothing is started on
   * passt: what was not to be had once may be by now.
   */
  async #canBeOnPasst(): Promise<string | undefined> {
    const { vm, directory } = this.parts;
    const { definition } = vm;
    const nvram = posix.join(directory.path, "passt.fd");
    const uuid = randomUUID();
    const on = (forwards: readonly OpenForward[]) =>
      this.#xml({ definition, forwards, uuid, nvram, disks: [] });
    // A template of the user's has the network that it says.
    if (definition.net.backend !== "passt" || !passtForwards(on([]))) return undefined;
    if (this.#asksForPasst()) return "passt is wanted";
    try {
      await this.network.withPorts((forwards) => this.libvirt.createPaused(on(forwards)));
      return "by now passt starts there";
    } catch (thrown) {
      // What else there is, the restore meets too.
      if (thrown instanceof VirshError) return undefined;
      throw thrown;
    } finally {
      await this.libvirt.remove(uuid);
    }
  }

  /** Goes on without passt where farm has chosen it and it does not start. @throws the error where that is not so */
  #refusePasst(thrown: unknown): void {
    const { vm, run } = this.parts;
    if (this.#asksForPasst() || !(thrown instanceof VirshError) || thrown.kind !== "passt") throw thrown;
    const message = `passt does not start there, so the guest is on QEMU's own user network: ${thrown.message}`;
    run.emit({ type: "warning", vm: vm.name, message });
  }

  /** Whether the user wrote it. */
  #asksForPasst(): boolean {
    const { vm, hypervisor } = this.parts;
    return vm.blueprint.requirements(hypervisor.state).net?.backend === "passt";
  }

  /** libvirt knows a guest by its name and UUID, and has each once: an instance's are its own. */
  isOf({ domain }: Manifest): boolean {
    return domain.name === this.name;
  }

  async isRunning(): Promise<boolean> {
    return this.uuid !== undefined && !isOff(await this.libvirt.state(this.uuid));
  }

  /** Ends and forgets it; nothing to do when there is none. @throws HypervisorError */
  async remove(): Promise<void> {
    if (this.uuid !== undefined) await this.libvirt.remove(this.uuid);
  }

  #ownership(): Ownership {
    const { run, vm, directory } = this.parts;
    const created = new Date(run.clock.now()).toISOString();
    return { project: run.project, vm: vm.name, run: run.run, directory: directory.path, created };
  }
}
