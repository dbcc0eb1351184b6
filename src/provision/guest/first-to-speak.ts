import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.js";
import { GuestError } from "../../errors.js";
import { isTransient, SshFailure } from "../../transport/ssh/ssh-failure.js";

interface FirstOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Before each attempt but the first. @throws when no more are of use */
  readonly between: () => Promise<void>;
}

/** After one that failed at once. */
const PAUSE_MS = 250;
/** After one that is silent. Sooner would cost: a server that has just begun starts a process for each, and an emulated one needs half a second for it. */
const STAGGER_MS = 1000;
const BANNER_MS = 4_000;
/** sshd turns some away from ten on, and those that wait beside this one are let go. */
const MOST = 8;

/**
 * Opens connections until the other side of one says something, and leaves that unread. QEMU's user network accepts a
 * connection long before the guest has a server, and asks the guest for it once a second at first, then seconds later:
 * a silent connection may stay so when the server is there. So another is begun soon, and the older are not given up.
 * @throws what `open` throws unless it may pass, what `between` throws, the last reason at the deadline or on the signal
 */
export async function firstToSpeak<T extends { readonly sock: Duplex }>(
  open: (signal: AbortSignal) => Promise<T>,
  { clock, signal, deadlineMs, between }: FirstOptions,
): Promise<T> {
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  const end = clock.now() + deadlineMs;
  const pause = (ms: number) => clock.sleep(ms, stop).catch(() => undefined); // the loop's head looks at the signal
  let last: unknown = silent();
  const attempt = async (win: (first: T) => void, fail: (reason: unknown) => void) => {
    try {
      const called = await open(stop);
      await speaking(called.sock, clock, stop);
      win(called);
    } catch (error) {
      if (isTransient(error)) last = error;
      else fail(error);
    }
  };
  const keepTrying = async (win: (first: T) => void, fail: (reason: unknown) => void) => {
    const alive = new Set<Promise<void>>();
    while (!stop.aborted && clock.now() < end) {
      const one: Promise<void> = attempt(win, fail).finally(() => alive.delete(one));
      alive.add(one);
      await Promise.race([one.then(() => pause(PAUSE_MS)), pause(STAGGER_MS)]);
      if (alive.size >= MOST) await Promise.race([...alive, pause(end - clock.now())]);
      if (!stop.aborted) await between();
    }
    throw last;
  };
  try {
    return await new Promise<T>((resolve, reject) => {
      const win = (first: T) => {
        if (done.signal.aborted) return void first.sock.destroy();
        done.abort();
        resolve(first);
      };
      keepTrying(win, reject).catch(reject);
    });
  } finally {
    done.abort();
  }
}

/** Resolves when the other side has said something. @throws when it ends or stays silent: it is let go then */
async function speaking(sock: Duplex, clock: Clock, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => reject(silent());
      const ends = ["close", "end", "error"];
      const onReadable = () => sock.readableLength > 0 && resolve();
      const forget = () => {
        for (const event of ends) sock.removeListener(event, giveUp);
        sock.removeListener("readable", onReadable);
      };
      done.signal.addEventListener("abort", forget, { once: true });
      for (const event of ends) sock.on(event, giveUp);
      sock.on("readable", onReadable);
      clock.sleep(BANNER_MS, AbortSignal.any([signal, done.signal])).then(giveUp, giveUp);
    });
  } catch (error) {
    sock.destroy();
    throw error;
  } finally {
    done.abort();
  }
}

const silent = (): GuestError =>
  new GuestError("a connection, but no SSH banner", { cause: new SshFailure("unreachable", "no banner") });
