import { isAbsolute, posix } from "node:path";
import { HypervisorError } from "../../errors.js";
import { cardOf } from "../../libvirt/domain/card.js";
import type { OpenForward } from "../../libvirt/domain/passt.js";
import { joinSwitch, leaveSwitches } from "../../libvirt/domain/vde.js";
import { type NetworkWanted, networkName, networkXml } from "../../libvirt/network.js";
import { SSH_FORWARD } from "../../libvirt/port-forward.js";
import { type Forward, isByAgent } from "../../load/definitions/vm-definition.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command } from "../../transport/shell.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import type { Steps } from "../steps.js";
import { switchesDirectory, type VmDirectory } from "../vm-directory.js";
import type { GuestAddress } from "./guest.js";
import { opened, withFreePorts } from "./passt-ports.js";
import { byAddress, isForwarded, noSsh, sshPort } from "./way-in.js";

/** What one VM's network needs on the hypervisor, and the ways into the guest. */
export class GuestNetwork {
  locate: GuestAddress["locate"] = () => Promise.reject(new HypervisorError("the guest has no network yet"));
  /** The way to its SSH server, for people. */
  shown = "";
  forwards: readonly OpenForward[] = [];
  /** All that passt was given last. */
  #onPasst: readonly OpenForward[] = [];

  constructor(
    private readonly vm: PlacedVm,
    private readonly hypervisor: HypervisorSession,
    private readonly run: RunContext,
    private readonly steps: Steps,
    private readonly directory: VmDirectory,
    private readonly pool: string,
  ) {}

  /** The switch that the VM is on: one that is there, by its path, or one of farm's, by its name. */
  get vdeSwitch(): string | undefined {
    const { type, source = "default" } = this.vm.definition.net;
    if (type !== "vde") return undefined;
    return isAbsolute(source) ? source : posix.join(switchesDirectory(this.pool), source);
  }

  /** Before the domain starts. @throws HypervisorError */
  async prepare(): Promise<void> {
    const { definition } = this.vm;
    const { net } = definition;
    if (net.type === "network") {
      const wanted = this.#wanted;
      await this.steps.run("network", wanted.name, () =>
        this.#libvirt.ensureNetwork(wanted, networkXml(definition, this.vm.networkTemplate), this.run.stop),
      );
    }
    const { vdeSwitch: path } = this;
    if (path === undefined || isAbsolute(net.source ?? "")) return;
    // QEMU runs as another user when root's daemon starts it.
    const mode = definition.metadata.connection.endsWith("/system") ? "0666" : "0600";
    await this.steps.run("switch", path, () => this.#must(joinSwitch(path, this.directory.name, mode), path));
  }

  /**
   * Starts the guest's domain on passt, which has to know all ports before.
   * @param start is given them; again with others where somebody was faster
   * @throws FarmError
   */
  async withPorts<T>(start: (forwards: readonly OpenForward[]) => Promise<T>): Promise<T> {
    const { definition } = this.vm;
    const wanted = [...(isByAgent(definition) ? [] : [SSH_FORWARD]), ...(definition.net.forwards ?? [])];
    return withFreePorts(this.hypervisor.shell, { wanted, before: this.#onPasst }, async (forwards) => {
      this.#onPasst = forwards;
      return start(forwards);
    });
  }

  /** After every start and restore. @param onPasst what leads to a guest on passt @throws HypervisorError */
  async open(uuid: string, onPasst: readonly OpenForward[] | undefined): Promise<void> {
    const { definition } = this.vm;
    const { net } = definition;
    if (isByAgent(definition)) {
      this.locate = noSsh(this.vm.name);
      this.shown = "its agent";
    } else if (!isForwarded(net)) {
      this.locate = byAddress(this.#libvirt, uuid, net);
      this.shown = net.ip ?? `its address on ${net.source ?? net.type}`;
    }
    const wanted = net.forwards ?? [];
    if (!isForwarded(net) || (isByAgent(definition) && wanted.length === 0)) return;
    await this.steps.run("forward", undefined, async () => {
      if (!isByAgent(definition)) await this.#forwardSsh(uuid, onPasst);
      this.forwards = onPasst ? opened(wanted, onPasst) : await this.#forward(uuid, wanted);
    });
    if (this.forwards.length > 0)
      this.run.emit({ type: "forwarded", vm: this.vm.name, forwards: this.forwards });
  }

  async #forwardSsh(uuid: string, onPasst: readonly OpenForward[] | undefined): Promise<void> {
    const { stop } = this.run;
    const port = onPasst ? sshPort(onPasst) : await this.#libvirt.addForward(uuid, SSH_FORWARD, stop);
    const endpoint = { host: SSH_FORWARD.address, port };
    this.locate = async () => endpoint;
    this.shown = `${endpoint.host}:${port}`;
  }

  /** Once the VM is gone. @throws HypervisorError */
  async close(): Promise<void> {
    const { type, ip } = this.vm.definition.net;
    if (type === "network" && ip !== undefined) await this.#libvirt.forgetHost(this.#wanted);
    if (type !== "vde") return;
    const directory = switchesDirectory(this.pool);
    await this.#must(leaveSwitches(directory, this.directory.name), directory);
  }

  /** A port that was picked once stays through the run, if it can. */
  async #forward(uuid: string, wanted: readonly Forward[]): Promise<OpenForward[]> {
    const open: OpenForward[] = [];
    for (const [index, forward] of wanted.entries()) {
      const host = forward.host ?? this.forwards[index]?.host;
      const port = (which: number | undefined) =>
        this.#libvirt.addForward(uuid, { ...forward, host: which }, this.run.stop);
      const again = forward.host === undefined && host !== undefined;
      open.push({ ...forward, host: await (again ? port(host).catch(() => port(undefined)) : port(host)) });
    }
    return open;
  }

  get #wanted(): NetworkWanted {
    const { net } = this.vm.definition;
    const { ip } = net;
    const mac = cardOf(net, this.directory.path);
    return { name: networkName(net), host: ip === undefined ? undefined : { mac, ip } };
  }

  get #libvirt() {
    return this.hypervisor.libvirt(this.vm.definition.metadata.connection);
  }

  async #must(command: Command, path: string): Promise<void> {
    const { code, stderr } = await this.hypervisor.shell.run(command);
    if (code !== 0)
      throw new HypervisorError(
        `cannot have the VDE switch ${path} on '${this.hypervisor.name}': ${plainText(stderr)}`,
      );
  }
}
