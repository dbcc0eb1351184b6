import { hostname, userInfo } from "node:os";
import type { Clock } from "../../clock.js";
import { DeadlineError, GuestError } from "../../errors.js";
import { type OpenForward, withForwards } from "../../libvirt/domain/passt.js";
import { loginDeadline } from "../guest/log-in.js";
import { withFreePorts } from "../guest/passt-ports.js";
import { isVmDirectory } from "../vm-directory.js";
import { lockVm } from "../vm-lock.js";
import type { KeptVm } from "./find-kept.js";
import { logInToKept, wayInto } from "./reach-guest.js";

/** Nobody else's work on the VM is disturbed. @throws HypervisorError when another farm works on it */
async function locked(
  { vm, session, uri, domain }: KeptVm,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  const { directory } = domain.ownership;
  if (!isVmDirectory(directory))
    throw new GuestError(`'${vm.name}' on '${session.name}' names no directory of farm's: left alone`);
  const owner = `${userInfo().username}@${hostname()}, process ${process.pid}, farm ${what}`;
  const lock = await lockVm(session.shell, vm.name, `${directory}.lock`, owner, uri);
  try {
    await work();
  } finally {
    await lock.release();
  }
}

/** Ports that passt had may be others' by now: it is given new ones. @returns what leads to a guest on passt @throws FarmError */
async function startAgain({ definition, session, libvirt, domain }: KeptVm, signal: AbortSignal) {
  const { uuid, forwards: before } = domain;
  if (before === undefined) {
    await libvirt.start(uuid, signal);
    return undefined;
  }
  const xml = await libvirt.describe(uuid, signal);
  const named = definition.net.forwards ?? [];
  const isNamed = ({ guest, protocol, host }: OpenForward) =>
    named.some((each) => each.guest === guest && each.protocol === protocol && each.host === host);
  const wanted = before.map((forward) => (isNamed(forward) ? forward : { ...forward, host: undefined }));
  return withFreePorts(session.shell, { wanted, before }, async (forwards) => {
    await libvirt.define(withForwards(xml, forwards), signal);
    await libvirt.start(uuid, signal);
    return forwards;
  });
}

/** Starts a VM that is off, and waits until it can be logged in to. @throws FarmError */
export async function startKept(
  kept: KeptVm,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const { vm, definition, domain } = kept;
  await locked(kept, "start", async () => {
    const forwards = domain.active ? domain.forwards : await startAgain(kept, signal);
    const running = { ...kept, domain: { ...domain, forwards } };
    const way = await wayInto(running, signal);
    const deadlineMs = loginDeadline({ definition, blueprint: vm }, "booted");
    await (await logInToKept(running, way, { clock, signal, deadlineMs })).close();
  });
}

/** Ends a VM, which stays with its disks. @param force without asking the guest @throws FarmError */
export async function stopKept(kept: KeptVm, force: boolean, signal: AbortSignal): Promise<void> {
  const { vm, definition, libvirt, domain } = kept;
  await locked(kept, "stop", async () => {
    if (!domain.active) return;
    await libvirt.persist(domain.uuid, signal);
    if (force) return libvirt.destroy(domain.uuid, {}, signal);
    await libvirt.shutdown(domain.uuid, signal);
    try {
      await libvirt.waitUntilOff(domain.uuid, loginDeadline({ definition, blueprint: vm }, "booted"), signal);
    } catch (thrown) {
      if (!(thrown instanceof DeadlineError)) throw thrown;
      throw new GuestError(`'${vm.name}' does not listen to the power button: ${thrown.message}`, {
        cause: thrown,
        hint: "--force pulls the plug",
      });
    }
  });
}
