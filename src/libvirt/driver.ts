import { type Clock, systemClock } from "../clock.js";
import { DeadlineError, HypervisorError } from "../errors.js";
import type { Command, CommandResult, Shell } from "../transport/shell.js";
import { addressesCommand, parseAddresses } from "./addresses.js";
import { ENSURE_DAEMON } from "./daemon.js";
import { type DomainDescription, describeDomain, type Ownership } from "./domain/ownership.js";
import { ensureNetwork, forgetHost, type NetworkWanted } from "./network.js";
import { restoreRenamed } from "./renamed-memory.js";
import * as virsh from "./virsh.js";
import { VirshError, type VirshFailure, virshError } from "./virsh-error.js";

/** A domain that farm made. */
export interface OwnedDomain extends DomainDescription {
  readonly ownership: Ownership;
}

/** Which of farm's own domains a call is about; an owner of another project is none. */
export interface Claim {
  readonly project?: string;
  readonly run?: string;
}

/** farm's own forward to a guest's SSH server. */
export const SSH_FORWARD = { guest: 22, protocol: "tcp", address: "127.0.0.1" } as const;

const RETRIES = 2;
const MAY_PASS: readonly VirshFailure[] = ["transient", "connection", "cut off"];
const RETRY_PAUSE_MS = 1_000;
const POLL_MS = 500;

/**
 * libvirt on one hypervisor. Every domain is named by the UUID that farm gave it, and one that farm did not make is
 * never ended or removed. Failures are VirshErrors with virsh's own words; only transient ones are tried again.
 */
export class LibvirtDriver {
  constructor(
    private readonly shell: Shell,
    private readonly to: virsh.Connection,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Makes the domain known, or replaces the one of the same name and UUID. */
  async define(xml: string, signal?: AbortSignal): Promise<void> {
    await this.must("define the VM", virsh.defineDomain(this.to, xml), signal);
  }

  /** Nothing to do when it runs already. */
  async start(uuid: string, signal?: AbortSignal): Promise<void> {
    // A guest whose daemon died while it started it is ended by the next daemon, a moment after that says that it runs.
    const cutOff = () => this.end(uuid, signal);
    await this.unless("active", "start the VM", virsh.startDomain(this.to, uuid), signal, cutOff);
  }

  /** Starts a domain that runs nothing, and that libvirt forgets when it ends. */
  async createPaused(xml: string, signal?: AbortSignal): Promise<void> {
    await this.must("start a VM that waits", virsh.createPaused(this.to, xml), signal);
  }

  /** Goes on with a saved guest. @param xml of its domain, alike in all that QEMU knows @param directory the VM's own */
  async restore(memory: string, xml: string, directory: string, signal?: AbortSignal): Promise<void> {
    const command = virsh.restoreDomain(this.to, memory, xml, directory);
    await this.must("restore the VM", command, signal);
  }

  /** The same for XML with another name and UUID than the saved guest's. */
  async restoreRenamed(memory: string, xml: string, directory: string, signal?: AbortSignal): Promise<void> {
    await this.must("restore the VM", restoreRenamed(this.to, memory, xml, directory), signal);
  }

  /** The hypervisor's port that leads to the guest's, which may be there already. @throws HypervisorError */
  async forwardPort(
    uuid: string,
    wanted: virsh.WantedForward = SSH_FORWARD,
    signal?: AbortSignal,
  ): Promise<number> {
    const list = virsh.userForwards(this.to, uuid);
    const { stdout } = await this.must("list the guest's forwards", list, signal);
    return virsh.parseForward(stdout, wanted) ?? this.addForward(uuid, wanted, signal);
  }

  /** The same for a guest that has just been started or restored: it has none. */
  async addForward(
    uuid: string,
    wanted: virsh.WantedForward = SSH_FORWARD,
    signal?: AbortSignal,
  ): Promise<number> {
    const { protocol, address, host, guest } = wanted;
    const from = host === undefined ? "a port" : `${address}:${host}`;
    const what = `forward ${from} to the guest's ${protocol === "udp" ? "UDP " : ""}port ${guest}`;
    const { stdout } = await this.must(what, virsh.addForward(this.to, uuid, wanted), signal);
    const port = virsh.parseForward(stdout, wanted);
    if (port !== undefined) return port;
    const complaint = virsh.monitorComplaint(stdout);
    const taken = host !== undefined && /could not set up/i.test(complaint ?? "");
    throw new HypervisorError(
      `cannot ${what} on '${this.shell.name}': ${complaint ?? "QEMU lists no such forward"}`,
      {
        hint: taken
          ? "another program listens there, perhaps another VM; without `host` a free port is taken"
          : "only a network of type 'user' has forwards",
      },
    );
  }

  /** Where the guest may be reached, the best first; none as long as nobody knows. */
  async addresses(uuid: string, signal?: AbortSignal): Promise<string[]> {
    const { stdout } = await this.shell.run(addressesCommand(this.to, uuid), { signal });
    return parseAddresses(stdout);
  }

  /** Makes a network known when it is not, starts it, and gives one MAC address its IP address. @param xml of a network that is to be made */
  async ensureNetwork(network: NetworkWanted, xml: string, signal?: AbortSignal): Promise<void> {
    await this.must(`start the network '${network.name}'`, ensureNetwork(this.to, network, xml), signal);
  }

  /** Takes the IP address of a MAC address back; what is gone already is fine. */
  async forgetHost(network: NetworkWanted): Promise<void> {
    await this.shell.run(forgetHost(this.to, network));
  }

  /** `absent` when there is no such domain. */
  async state(uuid: string, signal?: AbortSignal): Promise<virsh.DomainState | "absent"> {
    const result = await this.unless(
      "absent",
      "ask for the VM's state",
      virsh.domainState(this.to, uuid),
      signal,
    );
    return result ? virsh.parseState(result.stdout) : "absent";
  }

  /** The domain as libvirt has it now, as XML. */
  async describe(uuid: string, signal?: AbortSignal): Promise<string> {
    return (await this.must("look at the VM", virsh.dumpDomain(this.to, uuid), signal)).stdout;
  }

  /** Asks the guest to shut down; it may take its time, or not listen. */
  async shutdown(uuid: string, signal?: AbortSignal): Promise<void> {
    if (!(await this.claimed(uuid, {}, signal))?.active) return;
    await this.unlessGone("shut the VM down", virsh.shutdownDomain(this.to, uuid), signal);
  }

  /** Keeps a running domain for when it has ended. */
  async persist(uuid: string, signal?: AbortSignal): Promise<void> {
    if (!(await this.claimed(uuid, {}, signal))?.active) return;
    await this.must("keep the VM", virsh.persistDomain(this.to, uuid), signal);
  }

  /** Ends the guest at once; nothing to do when it is off or gone. */
  async destroy(uuid: string, claim: Claim = {}, signal?: AbortSignal): Promise<void> {
    if ((await this.claimed(uuid, claim, signal))?.active) await this.end(uuid, signal);
  }

  /** Ends it if it runs, and forgets it; its disks stay. A domain that is gone already is fine. */
  async remove(uuid: string, claim: Claim = {}, signal?: AbortSignal): Promise<void> {
    const domain = await this.claimed(uuid, claim, signal);
    if (!domain) return;
    if (domain.active) await this.end(uuid, signal);
    await this.forget(uuid, signal);
  }

  /** For a domain that is off. */
  async undefine(uuid: string, claim: Claim = {}, signal?: AbortSignal): Promise<void> {
    if (await this.claimed(uuid, claim, signal)) await this.forget(uuid, signal);
  }

  /** For a domain that is off, and whose disks and NVRAM are to be a restore point. */
  async undefineKeepingNvram(uuid: string, signal?: AbortSignal): Promise<void> {
    if (!(await this.claimed(uuid, {}, signal))) return;
    await this.unless("absent", "forget the VM", virsh.undefineKeepingNvram(this.to, uuid), signal);
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
    const { stdout } = await this.must("list the domains", virsh.dumpAllDomains(this.to), signal);
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
    await this.unlessGone("end the VM", virsh.destroyDomain(this.to, uuid), signal);
  }

  private async forget(uuid: string, signal?: AbortSignal): Promise<void> {
    await this.unless("absent", "remove the VM", virsh.undefineDomain(this.to, uuid), signal);
  }

  /** The domain, when it is farm's; undefined when it is gone. @throws HypervisorError when it is another's. */
  private async claimed(
    uuid: string,
    claim: Claim,
    signal?: AbortSignal,
  ): Promise<DomainDescription | undefined> {
    const result = await this.unless("absent", "look at the VM", virsh.dumpDomain(this.to, uuid), signal);
    if (!result) return undefined;
    const domain = describeDomain(result.stdout);
    // virsh falls back to names when it knows no such UUID.
    if (domain.uuid !== uuid) return undefined;
    const { ownership } = domain;
    const mine =
      ownership !== undefined &&
      (claim.project === undefined || claim.project === ownership.project) &&
      (claim.run === undefined || claim.run === ownership.run);
    if (mine) return domain;
    throw new HypervisorError(`the domain '${domain.name}' on '${this.shell.name}' is not ours: left alone`);
  }

  /** The result, or undefined when it failed in the one way that is no failure here. */
  private async unless(
    kind: "absent" | "inactive" | "active",
    what: string,
    command: Command,
    signal?: AbortSignal,
    cutOff?: () => Promise<void>,
  ): Promise<CommandResult | undefined> {
    try {
      return await this.must(what, command, signal, cutOff);
    } catch (error) {
      if (error instanceof VirshError && error.kind === kind) return undefined;
      throw error;
    }
  }

  private async unlessGone(what: string, command: Command, signal?: AbortSignal): Promise<void> {
    try {
      await this.unless("inactive", what, command, signal);
    } catch (error) {
      if (!(error instanceof VirshError && error.kind === "absent")) throw error;
    }
  }

  /** @param cutOff undoes what may be half done, before the next try */
  private async must(
    what: string,
    command: Command,
    signal?: AbortSignal,
    cutOff?: () => Promise<void>,
  ): Promise<CommandResult> {
    for (let attempt = 0; ; attempt++) {
      const result = await this.shell.run(command, { signal });
      if (result.code === 0) return result;
      const error = virshError(what, this.shell.name, result);
      if (attempt >= RETRIES || !MAY_PASS.includes(error.kind)) throw error;
      if (error.kind !== "transient") await this.ensureDaemon(signal);
      if (error.kind === "cut off") await cutOff?.();
      await this.clock.sleep(RETRY_PAUSE_MS * attempt, signal);
    }
  }

  /** A daemon that farm started ends after two idle minutes, e.g. while an image is fetched. */
  private async ensureDaemon(signal?: AbortSignal): Promise<void> {
    const script = `uri=$1${ENSURE_DAEMON}\nensure_daemon`;
    await this.shell.run({ argv: ["sh", "-c", script, "sh", this.to.uri], timeoutMs: 60_000 }, { signal });
  }
}
