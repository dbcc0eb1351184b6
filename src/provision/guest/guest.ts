import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.js";
import { asFarmError, GuestError, InterruptedError } from "../../errors.js";
import { persistentShell } from "../../transport/persistent/persistent-shell.js";
import type { Shell } from "../../transport/shell.js";
import { openConnection, type SshConnection } from "../../transport/ssh/ssh-connection.js";
import { failureKind, isTransient } from "../../transport/ssh/ssh-failure.js";
import { connectSsh } from "../../transport/ssh/ssh-shell.js";
import type { SshTarget } from "../../transport/ssh/ssh-target.js";
import { firstToSpeak } from "./first-to-speak.js";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What is needed to log in to a guest. */
export interface GuestAddress {
  readonly vm: string;
  /** Where its SSH server is, from the hypervisor. @throws as long as nobody knows */
  readonly locate: (signal: AbortSignal) => Promise<Endpoint>;
  readonly user: string;
  readonly privateKey: string;
}

export interface WaitOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** The guest's host key, once it has been seen; a login with another one is refused. */
  readonly pin: { key: string | undefined };
  /** @throws when the domain is no longer running: then nobody need wait. */
  readonly stillRunning: () => Promise<void>;
}

const CONNECT_MS = 60_000;
const PAUSE_MS = 250;
const ASK_STATE_EVERY_MS = 5_000;

/**
 * Waits for a guest that boots: a banner, a login and `true`, under one deadline. A shell stays there.
 * @throws GuestError when it does not come or its host key changed, InterruptedError on the signal
 */
export async function waitForGuest(
  hypervisor: Shell,
  guest: GuestAddress,
  options: WaitOptions,
): Promise<Shell> {
  const { clock, signal, deadlineMs } = options;
  const end = clock.now() + deadlineMs;
  const rest = () => Math.max(1_000, end - clock.now());
  const askState = nowAndThen(clock, options.stillRunning);
  const open = (stop: AbortSignal) => call(hypervisor, guest, stop);
  let last = "no answer";
  while (clock.now() < end) {
    if (signal.aborted) throw new InterruptedError(`interrupted while waiting for '${guest.vm}'`);
    try {
      const called = await firstToSpeak(open, { clock, signal, deadlineMs: rest(), between: askState });
      return await logIn(called, guest, options, rest());
    } catch (thrown) {
      last = reasonToGoOn(thrown);
    }
    await askState();
    await clock.sleep(PAUSE_MS, signal).catch(() => undefined); // the loop's head looks at the signal
  }
  const seconds = Math.round(deadlineMs / 1000);
  throw new GuestError(`'${guest.vm}' could not be logged in to within ${seconds} s: ${last}`);
}

/** Why this attempt failed, when another may succeed. @throws what cannot get better */
function reasonToGoOn(thrown: unknown): string {
  // Until cloud-init or systemd has put the key in place, a login is refused.
  if (isTransient(thrown) || failureKind(thrown) === "refused") return asFarmError(thrown).message;
  throw thrown;
}

/** A connection to a guest that answers, for sessions of the user's own. @throws GuestError, HypervisorError, InterruptedError */
export async function connectToGuest(
  hypervisor: Shell,
  { vm, locate, user, privateKey }: GuestAddress,
  pin: WaitOptions["pin"],
  signal: AbortSignal,
): Promise<SshConnection> {
  const called = await call(hypervisor, { locate }, signal);
  const target = targetOf(called, { vm, user, privateKey }, pin, CONNECT_MS, signal);
  try {
    return await openConnection(target, called.sock);
  } catch (error) {
    called.sock.destroy();
    throw error;
  }
}

/** A connection to where the guest's SSH server is or will be. */
interface Called extends Endpoint {
  readonly sock: Duplex;
}

async function call(
  hypervisor: Shell,
  { locate }: Pick<GuestAddress, "locate">,
  signal: AbortSignal,
): Promise<Called> {
  const endpoint = await locate(signal);
  return { ...endpoint, sock: await hypervisor.connect(endpoint.host, endpoint.port, signal) };
}

/** @param pin learns the host key of the first login */
const targetOf = (
  { host, port }: Endpoint,
  { vm, user, privateKey }: Omit<GuestAddress, "locate">,
  pin: WaitOptions["pin"],
  readyTimeoutMs: number,
  signal: AbortSignal,
): SshTarget => ({
  name: vm,
  host,
  port,
  user,
  auth: { keys: [privateKey] },
  hostKey: {
    kind: "pinned",
    key: pin.key,
    onFirst: (key) => {
      pin.key = key;
    },
  },
  readyTimeoutMs,
  signal,
});

async function logIn(
  called: Called,
  guest: GuestAddress,
  { pin, signal }: WaitOptions,
  leftMs: number,
): Promise<Shell> {
  const { sock } = called;
  try {
    const connection = await connectSsh({ ...targetOf(called, guest, pin, leftMs, signal), sock });
    // The first command starts the shell that all others are run by.
    const shell = persistentShell(connection);
    await shell.run({ argv: ["true"], timeoutMs: leftMs }, { signal });
    return shell;
  } catch (error) {
    sock.destroy();
    throw error;
  }
}

/** Asks no more often than every five seconds, and not at once. */
export function nowAndThen(clock: Clock, ask: () => Promise<void>): () => Promise<void> {
  let asked = clock.now();
  return async () => {
    if (clock.now() - asked <= ASK_STATE_EVERY_MS) return;
    await ask();
    asked = clock.now();
  };
}
