import { PassThrough } from "node:stream";
import { beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../../src/clock.js";
import { GuestError } from "../../../../src/errors.js";
import { firstToSpeak } from "../../../../src/provision/guest/first-to-speak.js";
import { SshFailure } from "../../../../src/transport/ssh/ssh-failure.js";

const refused = () =>
  new GuestError("connection refused", { cause: new SshFailure("unreachable", "refused") });

interface Call {
  readonly at: number;
  readonly sock: PassThrough;
}

/** Attempts, each with its own fate. */
function attempts(fate: (sock: PassThrough, count: number) => unknown) {
  const calls: Call[] = [];
  const start = Date.now();
  const open = async () => {
    const call = { at: Date.now() - start, sock: new PassThrough() };
    await fate(call.sock, calls.push(call));
    return call;
  };
  const first = (
    options: { signal?: AbortSignal; deadlineMs?: number; between?: () => Promise<void> } = {},
  ) => {
    const { signal = new AbortController().signal, deadlineMs = 60_000, between = nothing } = options;
    return firstToSpeak(open, { clock: systemClock, signal, deadlineMs, between });
  };
  const alive = () => calls.filter(({ sock }) => !sock.destroyed);
  return { calls, first, alive };
}

const silent = () => undefined;
const nothing = async () => undefined;
const forbidden = () => new GuestError("forbidden");

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test("what the first one says stays unread, and nothing listens to it any more", async () => {
  const { first } = attempts((sock) => sock.write("SSH-2.0-x\r\n"));
  const { sock } = await first();
  expect(String(sock.read())).toBe("SSH-2.0-x\r\n");
  expect(["readable", "end", "error"].map((event) => sock.listenerCount(event))).toEqual([0, 0, 0]);
});

test("a silent connection does not keep the next one waiting, and is let go when another speaks", async () => {
  const { first, calls, alive } = attempts((sock, count) => count === 3 && sock.write("SSH"));
  const won = first();
  await vi.advanceTimersByTimeAsync(4_000);
  expect((await won).at).toBe(2_000);
  expect(calls).toHaveLength(3);
  expect(alive()).toEqual([await won]);
});

test("an older connection may still be the first to speak", async () => {
  const { first, calls, alive } = attempts((sock, count) => {
    if (count === 2) setTimeout(() => sock.write("SSH"), 3_500);
  });
  const won = first();
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await won).at).toBe(1_000);
  expect(calls.map(({ at }) => at)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  expect(alive()).toEqual([await won]);
});

test("of two that speak at the same time one is taken and the other is let go", async () => {
  const socks: PassThrough[] = [];
  const { first, alive } = attempts((sock, count) => {
    socks.push(sock);
    if (count === 2) setTimeout(() => socks.map((each) => each.write("SSH")), 100);
  });
  const won = first();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(alive()).toEqual([await won]);
});

test("each is let go after four seconds, all at the deadline", async () => {
  const { first, calls, alive } = attempts(silent);
  const failed = expect(first()).rejects.toThrow("a connection, but no SSH banner");
  await vi.advanceTimersByTimeAsync(3_900);
  expect(alive()).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(alive()).toHaveLength(4);
  expect(calls).toHaveLength(24);
  await vi.advanceTimersByTimeAsync(60_000);
  await failed;
  expect(alive()).toEqual([]);
});

test("no more than eight are waited for that are not even open", async () => {
  const { first, calls } = attempts(() => new Promise(() => undefined));
  const stop = new AbortController();
  const failed = expect(first({ signal: stop.signal })).rejects.toThrow("no SSH banner");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toHaveLength(8);
  stop.abort();
  await failed;
});

test("after one that ended at once the next follows sooner", async () => {
  const { first, calls } = attempts((sock, count) => (count < 4 ? sock.end() : sock.write("SSH")));
  const won = first();
  await vi.advanceTimersByTimeAsync(1_000);
  await won;
  expect(calls.map(({ at }) => at)).toEqual([0, 250, 500, 750]);
});

test("what may pass is tried again until the deadline, and then told", async () => {
  const { first, calls } = attempts(() => {
    throw refused();
  });
  const failed = expect(first({ deadlineMs: 1_000 })).rejects.toThrow("connection refused");
  await vi.advanceTimersByTimeAsync(2_000);
  await failed;
  expect(calls).toHaveLength(4);
});

test.each<[string, Parameters<typeof attempts>[0], () => Promise<void>]>([
  [
    "opening",
    () => {
      throw forbidden();
    },
    nothing,
  ],
  ["what comes between", silent, () => Promise.reject(forbidden())],
])("what cannot get better ends it: %s", async (_, fate, between) => {
  const { first, alive } = attempts(fate);
  const failed = expect(first({ between })).rejects.toThrow("forbidden");
  await vi.advanceTimersByTimeAsync(1_000);
  await failed;
  if (fate === silent) expect(alive()).toEqual([]);
});

test("the signal ends it, and lets all go", async () => {
  const { first, calls, alive } = attempts(silent);
  const stop = new AbortController();
  const failed = expect(first({ signal: stop.signal })).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(2_200);
  stop.abort();
  await failed;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(calls).toHaveLength(3);
  expect(alive()).toEqual([]);
});
