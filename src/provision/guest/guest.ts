import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.js";
import { asFarmError, GuestError, InterruptedError } from "../../errors.js";
import { persistentShell } from "../../transport/persistent/persistent-shell.js";
import type { Shell } from "../../transport/shell.js";
import { openConnection, type SshConnection } from "../../transport/ssh/ssh-connection.js";
import { failureKind, isTransient, SshFailure } from "../../transport/ssh/ssh-failure.js";
import { connectSsh } from "../../transport/ssh/ssh-shell.js";
import type { SshTarget } from "../../transport/ssh/ssh-target.js";

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

const BANNER_MS = 4_000;
const CONNECT_MS = 60_000;
const PAUSE_MS = 250;
export const ASK_STATE_EVERY_MS = 5_000;

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
  let last = "no answer";
  let stateAsked = clock.now();
  while (clock.now() < end) {
    if (signal.aborted) throw new InterruptedError(`interrupted while waiting for '${guest.vm}'`);
    try {
      return await logIn(hypervisor, guest, options, Math.max(1_000, end - clock.now()));
    } catch (thrown) {
      last = reasonToGoOn(thrown);
    }
    if (clock.now() - stateAsked > ASK_STATE_EVERY_MS) {
      await options.stillRunning();
      stateAsked = clock.now();
    }
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
  const { host, port } = await locate(signal);
  const sock = await hypervisor.connect(host, port, signal);
  const onFirst = (key: string) => {
    pin.key = key;
  };
  const target: SshTarget = {
    name: vm,
    host,
    port,
    user,
    auth: { keys: [privateKey] },
    hostKey: { kind: "pinned", key: pin.key, onFirst },
    readyTimeoutMs: CONNECT_MS,
    signal,
  };
  try {
    return await openConnection(target, sock);
  } catch (error) {
    sock.destroy();
    throw error;
  }
}

async function logIn(
  hypervisor: Shell,
  guest: GuestAddress,
  options: WaitOptions,
  leftMs: number,
): Promise<Shell> {
  const { host, port } = await guest.locate(options.signal);
  const sock = await hypervisor.connect(host, port, options.signal);
  try {
    await banner(sock, Math.min(BANNER_MS, leftMs), options);
    const connection = await connectSsh({
      name: guest.vm,
      host,
      port,
      user: guest.user,
      auth: { keys: [guest.privateKey] },
      hostKey: {
        kind: "pinned",
        key: options.pin.key,
        onFirst: (key) => {
          options.pin.key = key;
        },
      },
      sock,
      readyTimeoutMs: leftMs,
      signal: options.signal,
    });
    // The first command starts the shell that all others are run by.
    const shell = persistentShell(connection);
    await shell.run({ argv: ["true"], timeoutMs: leftMs }, { signal: options.signal });
    return shell;
  } catch (error) {
    sock.destroy();
    throw error;
  }
}

/**
 * Waits until the other side has said something, and leaves it unread. QEMU's user network accepts a connection long
 * before the guest has a server.
 */
async function banner(sock: Duplex, ms: number, { clock, signal }: WaitOptions): Promise<void> {
  const done = new AbortController();
  const silent = new GuestError("a connection, but no SSH banner", {
    cause: new SshFailure("unreachable", "no banner"),
  });
  const spoke = new Promise<void>((resolve, reject) => {
    const settle = (act: () => void) => {
      for (const event of ["close", "end", "error"]) sock.removeListener(event, onEnd);
      sock.removeListener("readable", onReadable);
      act();
    };
    const onReadable = () => sock.readableLength > 0 && settle(resolve);
    const onEnd = () => settle(() => reject(silent));
    for (const event of ["close", "end", "error"]) sock.on(event, onEnd);
    sock.on("readable", onReadable);
    const timeout = () => settle(() => reject(silent));
    clock.sleep(ms, AbortSignal.any([signal, done.signal])).then(timeout, timeout);
  });
  try {
    await spoke;
  } finally {
    done.abort();
  }
}
