import { HypervisorError } from "../errors.js";
import * as virsh from "./virsh.js";
import type { VirshRunner } from "./virsh-runner.js";

/** farm's own forward to a guest's SSH server. */
export const SSH_FORWARD = { guest: 22, protocol: "tcp", address: "127.0.0.1" } as const;

/** The hypervisor's port that leads to the guest's, which may be there already. @throws HypervisorError */
export async function forwardPort(
  runner: VirshRunner,
  uuid: string,
  wanted: virsh.WantedForward,
  signal?: AbortSignal,
): Promise<number> {
  const list = virsh.userForwards(runner.to, uuid);
  const { stdout } = await runner.must("list the guest's forwards", list, signal);
  return virsh.parseForward(stdout, wanted) ?? addForward(runner, uuid, wanted, signal);
}

/** The same for a guest that has just been started or restored: it has none. @throws HypervisorError */
export async function addForward(
  runner: VirshRunner,
  uuid: string,
  wanted: virsh.WantedForward,
  signal?: AbortSignal,
): Promise<number> {
  const { protocol, address, host, guest } = wanted;
  const from = host === undefined ? "a port" : `${address}:${host}`;
  const what = `forward ${from} to the guest's ${protocol === "udp" ? "UDP " : ""}port ${guest}`;
  const { stdout } = await runner.must(what, virsh.addForward(runner.to, uuid, wanted), signal);
  const port = virsh.parseForward(stdout, wanted);
  if (port !== undefined) return port;
  const complaint = virsh.monitorComplaint(stdout);
  const taken = host !== undefined && /could not set up/i.test(complaint ?? "");
  throw new HypervisorError(
    `cannot ${what} on '${runner.host}': ${complaint ?? "QEMU lists no such forward"}`,
    {
      hint: taken
        ? "another program listens there, perhaps another VM; without `host` a free port is taken"
        : "only a network of type 'user' has forwards",
    },
  );
}
