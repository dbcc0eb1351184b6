import { GuestError, HypervisorError } from "../../errors.js";
import type { OpenForward } from "../../libvirt/domain/passt.js";
import type { LibvirtDriver } from "../../libvirt/driver.js";
import { SSH_FORWARD } from "../../libvirt/port-forward.js";
import type { Net } from "../../load/definitions/vm-definition.js";
import { SshFailure } from "../../transport/ssh/ssh-failure.js";
import type { GuestAddress } from "./guest.js";

/** Whether a guest is reached by a port of its hypervisor; else by an address of its own. */
export const isForwarded = ({ type }: Net): boolean => type === "user" || type === "vde";

/**
 * How a guest that runs is found from its hypervisor.
 * @param forwards of a domain whose user network is passt's
 * @throws HypervisorError when no port leads to it
 */
export async function wayIn(
  libvirt: LibvirtDriver,
  uuid: string,
  net: Net,
  forwards: readonly OpenForward[] | undefined,
  signal?: AbortSignal,
): Promise<GuestAddress["locate"]> {
  if (!isForwarded(net)) return byAddress(libvirt, uuid, net);
  const port = forwards ? sshPort(forwards) : await libvirt.forwardPort(uuid, SSH_FORWARD, signal);
  const endpoint = { host: SSH_FORWARD.address, port };
  return async () => endpoint;
}

/** The same for a network whose guests have addresses of their own. */
export const byAddress =
  (libvirt: LibvirtDriver, uuid: string, net: Net): GuestAddress["locate"] =>
  (stop) =>
    addressOf(libvirt, uuid, net, stop);

/** The hypervisor's port that passt leads to the guest's SSH server. @throws HypervisorError */
export function sshPort(forwards: readonly OpenForward[]): number {
  const there = ({ guest, protocol, address }: OpenForward) =>
    guest === SSH_FORWARD.guest && protocol === "tcp" && ["127.0.0.1", "0.0.0.0"].includes(address);
  const found = forwards.find(there);
  if (found) return found.host;
  throw new HypervisorError("passt leads no port of the hypervisor to the guest's SSH server", {
    hint: "a template of your own for the domain needs {{ farm.xml.interface | safe }}",
  });
}

/** The definition's own, else what libvirt, the guest's agent or a neighbour table knows by now. */
async function addressOf(libvirt: LibvirtDriver, uuid: string, { ip }: Net, signal: AbortSignal) {
  const host = ip ?? (await libvirt.addresses(uuid, signal))[0];
  if (host !== undefined) return { host, port: SSH_FORWARD.guest };
  throw new GuestError("no lease, guest agent or neighbour table knows its address", {
    cause: new SshFailure("unreachable", "no address"),
  });
}

/** The way to the SSH server of a guest that is reached by its agent: only who wants SSH itself comes to know that there is none. */
export const noSsh = (vm: string): GuestAddress["locate"] => {
  const error = new GuestError(`'${vm}' is reached by its agent, not by SSH`, {
    hint: "`farm apply` and `farm cp` work with it; `farm console` shows its serial console",
  });
  return () => Promise.reject(error);
};
