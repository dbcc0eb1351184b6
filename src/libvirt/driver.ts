import { type Clock, systemClock } from "../clock.js";
import { DeadlineError } from "../errors.js";
import type { Shell } from "../transport/shell.js";
import { addressesCommand, parseAddresses } from "./addresses.js";
import { type DomainDescription, describeDomain } from "./domain/ownership.js";
import { ensureNetwork, forgetHost, type NetworkWanted } from "./network.js";
import { type Claim, claimedDomain, type OwnedDomain } from "./owned-domain.js";
import { addForward, forwardPort, SSH_FORWARD } from "./port-forward.js";
import { restoreRenamed } from "./renamed-memory.js";
import * as virsh from "./virsh.js";
import { VirshRunner } from "./virsh-runner.js";

const POLL_MS = 500;

/**
 * libvirt on one hypervisor. Every domain is named by the UUID that farm gave it, and one that farm did not make is
 * never ended or removed. Failures are VirshErrors with virsh's own words; only transient ones are tried again.
 */
export class LibvirtDriver {
  readonly #runner: VirshRunner;

  constructor(
    private readonly shell: Shell,
    private readonly to: virsh.Connection,
    private readonly clock: Clock = systemClock,
  ) {
    this.#runner = new VirshRunner(shell, to, clock);
  }

  /** Makes the domain known, or replaces the one of the same name and UUID. */
  async define(xml: string, signal?: AbortSignal): Promise<void> {
    await this.#runner.must("define the VM", virsh.defineDomain(this.to, xml), signal);
  }

  /** Nothing to do when it runs already. */
  async start(uuid: string, signal?: AbortSignal): Promise<void> {
    // A guest whose daemon died while it started it is ended by the next daemon, a moment after that says that it runs.
    const cutOff = () => this.end(uuid, signal);
    await this.#runner.unless("active", "start the VM", virsh.startDomain(this.to, uuid), signal, cutOff);
  }

  /** Starts a domain that runs nothing, and that libvirt forgets when it ends. */
  async createPaused(xml: string, signal?: AbortSignal): Promise<void> {
    await this.#runner.must("start a VM that waits", virsh.createPaused(this.to, xml), signal);
  }

  /** Goes on with a saved guest. @param xml of its domain, alike in all that QEMU knows @param directory the VM's own */
  async restore(memory: string, xml: string, directory: string, signal?: AbortSignal): Promise<void> {
    const command = virsh.restoreDomain(this.to, memory, xml, directory);
    await this.#runner.must("restore the VM", command, signal);
  }

  /** The same for XML with another name and UUID than the saved guest's. */
  async restoreRenamed(memory: string, xml: string, directory: string, signal?: AbortSignal): Promise<void> {
    await this.#runner.must("restore the VM", restoreRenamed(this.to, memory, xml, directory), signal);
  }

  /** The hypervisor's port that leads to the guest's, which may be there already. @throws HypervisorError */
  forwardPort(
    uuid: string,
    wanted: virsh.WantedForward = SSH_FORWARD,
    signal?: AbortSignal,
  ): Promise<number> {
    return forwardPort(this.#runner, uuid, wanted, signal);
  }

  /** The same for a guest that has just been started or restored: it has none. */
  addForward(uuid: string, wanted: virsh.WantedForward = SSH_FORWARD, signal?: AbortSignal): Promise<number> {
    return addForward(this.#runner, uuid, wanted, signal);
  }

  /** Where the guest may be reached, the best first; none as long as nobody knows. */
  async addresses(uuid: string, signal?: AbortSignal): Promise<string[]> {
    const { stdout } = await this.shell.run(addressesCommand(this.to, uuid), { signal });
    return parseAddresses(stdout);
  }

  /** Makes a network known when it is not, starts it, and gives one MAC address its IP address. @param xml of a network that is to be made */
  async ensureNetwork(network: NetworkWanted, xml: string, signal?: AbortSignal): Promise<void> {
    await this.#runner.must(
      `start the network '${network.name}'`,
      ensureNetwork(this.to, network, xml),
      signal,
    );
  }

  /** Takes the IP address of a MAC address back; what is gone already is fine. */
  async forgetHost(network: NetworkWanted): Promise<void> {
    await this.shell.run(forgetHost(this.to, network));
  }

  /** `absent` when there is no such domain. */
  async state(uuid: string, signal?: AbortSignal): Promise<virsh.DomainState | "absent"> {
    const result = await this.#runner.unless(
      "absent",
      "ask for the VM's state",
      virsh.domainState(this.to, uuid),
      signal,
    );
    return result ? virsh.parseState(result.stdout) : "absent";
  }

  /** The domain as libvirt has it now, as XML. */
  async describe(uuid: string, signal?: AbortSignal): Promise<string> {
    return (await this.#runner.must("look at the VM", virsh.dumpDomain(this.to, uuid), signal)).stdout;
  }

  /** Asks the guest to shut down; it may take its time, or not listen. */
  async shutdown(uuid: string, signal?: AbortSignal): Promise<void> {
    if (!(await claimedDomain(this.#runner, uuid, {}, signal))?.active) return;
    await this.#runner.unlessGone("shut the VM down", virsh.shutdownDomain(this.to, uuid), signal);
  }

  /** Keeps a running domain for when it has ended. */
  async persist(uuid: string, signal?: AbortSignal): Promise<void> {
    if (!(await claimedDomain(this.#runner, uuid, {}, signal))?.active) return;
    await this.#runner.must("keep the VM", virsh.persistDomain(this.to, uuid), signal);
  }

  /** Ends the guest at once; nothing to do when it is off or gone. */
  async destroy(uuid: string, claim: Claim = {}, signal?: AbortSignal): Promise<void> {
    if ((await claimedDomain(this.#runner, uuid, claim, signal))?.active) await this.end(uuid, signal);
  }

  /** Ends it if it runs, and forgets it; its disks stay. A domain that is gone already is fine. */
  async remove(uuid: string, claim: Claim = {}, signal?: AbortSignal): Promise<void> {
    const domain = await claimedDomain(this.#runner, uuid, claim, signal);
    if (!domain) return;
    if (domain.active) await this.end(uuid, signal);
    await this.forget(uuid, signal);
  }

  /** For a domain that is off. */
  async undefine(uuid: string, claim: Claim = {}, signal?: AbortSignal): Promise<void> {
    if (await claimedDomain(this.#runner, uuid, claim, signal)) await this.forget(uuid, signal);
  }

  /** For a domain that is off, and whose disks and NVRAM are to be a restore point. */
  async undefineKeepingNvram(uuid: string, signal?: AbortSignal): Promise<void> {
    if (!(await claimedDomain(this.#runner, uuid, {}, signal))) return;
    await this.#runner.unless("absent", "forget the VM", virsh.undefineKeepingNvram(this.to, uuid), signal);
  }

  /** All domains that farm made, of any project. */
  async list(signal?: AbortSignal): Promise<OwnedDomain[]> {
    const domains = await this.listAll(signal);
    return domains.flatMap((domain) =>
      domain.ownership ? [{ ...domain, ownership: domain.ownership }] : [],
    );
  }

  /** All domains that there are, so that names can be compared. */
  async listAll(signal?: AbortSignal): Promise<DomainDescription[]> {
    const { stdout } = await this.#runner.must("list the domains", virsh.dumpAllDomains(this.to), signal);
    return virsh.parseDomains(stdout).map(describeDomain);
  }

  /** @throws DeadlineError when the guest still runs after `deadlineMs`. */
  async waitUntilOff(uuid: string, deadlineMs: number, signal?: AbortSignal): Promise<void> {
    const end = this.clock.now() + deadlineMs;
    while (!virsh.isOff(await this.state(uuid, signal))) {
      if (this.clock.now() >= end) {
        throw new DeadlineError(
          `the VM on '${this.shell.name}' did not shut down within ${deadlineMs / 1000} s`,
        );
      }
      await this.clock.sleep(POLL_MS, signal);
    }
  }

  private async end(uuid: string, signal?: AbortSignal): Promise<void> {
    await this.#runner.unlessGone("end the VM", virsh.destroyDomain(this.to, uuid), signal);
  }

  private async forget(uuid: string, signal?: AbortSignal): Promise<void> {
    await this.#runner.unless("absent", "remove the VM", virsh.undefineDomain(this.to, uuid), signal);
  }
}
