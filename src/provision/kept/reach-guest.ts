import type { Clock } from "../../clock.js";
import { GuestError } from "../../errors.js";
import { guestKey } from "../../keys/guest-key.js";
import { isOff } from "../../libvirt/virsh.js";
import { isByAgent } from "../../load/definitions/vm-definition.js";
import type { Shell } from "../../transport/shell.js";
import type { SshConnection } from "../../transport/ssh/ssh-connection.js";
import { waitForAgent } from "../guest/agent-guest.js";
import { connectToGuest, type GuestAddress, waitForGuest } from "../guest/guest.js";
import { readHostKey, saveHostKey } from "../guest/host-key-file.js";
import { noSsh, wayIn } from "../guest/way-in.js";
import type { KeptVm } from "./find-kept.js";

const LOGIN_MS = 60_000;

/** The way into a kept guest: where it is from the hypervisor, farm's key, the host key that it must show. */
export interface GuestWay {
  readonly address: GuestAddress;
  readonly keyPath: string;
  readonly pin: { key: string | undefined };
}

/** Finds the way in; a forward that is gone is added again. @throws FarmError */
export async function wayInto(kept: KeptVm, signal: AbortSignal): Promise<GuestWay> {
  const { vm, definition, session, libvirt, domain } = kept;
  const byAgent = isByAgent(definition);
  const [locate, key, { privateKey, path }] = await Promise.all([
    byAgent ? noSsh(vm.name) : wayIn(libvirt, domain.uuid, definition.net, domain.forwards, signal),
    readHostKey(session.shell, domain.ownership.directory),
    guestKey({ keyFile: vm.settings.privateKeyFile }),
  ]);
  const { user } = definition.metadata.auth;
  const address = { vm: vm.name, locate, user, privateKey };
  return { address, keyPath: path, pin: { key } };
}

/** A host key that was seen for the first time is written down for those who come later. */
async function keepPin(
  { session, domain }: KeptVm,
  { pin }: GuestWay,
  before: string | undefined,
): Promise<void> {
  if (before === undefined && pin.key !== undefined)
    await saveHostKey(session.shell, domain.ownership.directory, pin.key);
}

/** Logs in, waiting for the guest, and leaves a shell there. @throws GuestError, InterruptedError */
export async function logInToKept(
  kept: KeptVm,
  way: GuestWay,
  { clock, signal, deadlineMs = LOGIN_MS }: { clock: Clock; signal: AbortSignal; deadlineMs?: number },
): Promise<Shell> {
  const { vm, definition, session, libvirt, domain } = kept;
  const before = way.pin.key;
  const stillRunning = async () => {
    const state = await libvirt.state(domain.uuid);
    if (isOff(state)) throw new GuestError(`'${vm.name}' is no longer running: ${state}`);
  };
  const { pin } = way;
  const options = { clock, signal, deadlineMs, pin, stillRunning };
  if (isByAgent(definition)) {
    const { user } = definition.metadata.auth;
    const address = { vm: vm.name, to: { uri: kept.uri }, uuid: domain.uuid, user };
    return waitForAgent(session.shell, address, options);
  }
  const shell = await waitForGuest(session.shell, way.address, options);
  await keepPin(kept, way, before);
  return shell;
}

/** A connection to a guest that runs, for sessions of the user's own. @throws GuestError, HypervisorError, InterruptedError */
export async function connectToKept(
  kept: KeptVm,
  way: GuestWay,
  signal: AbortSignal,
): Promise<SshConnection> {
  const before = way.pin.key;
  const connection = await connectToGuest(kept.session.shell, way.address, way.pin, signal);
  await keepPin(kept, way, before);
  return connection;
}
