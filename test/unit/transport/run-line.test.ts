import { PassThrough, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Clock } from "../../../src/clock.js";
import { ConnectionLostError, DeadlineError, InterruptedError } from "../../../src/errors.js";
import { becomeCommand, SUDO_PROMPT } from "../../../src/transport/become.js";
import { openStarted, runStarted } from "../../../src/transport/run-line.js";
import { ENTERED } from "../../../src/transport/script.js";
import type { Command } from "../../../src/transport/shell.js";

/** A line that the test plays: what farm writes is in `fed`. */
function playedLine() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let exit: (code: number | undefined) => void = () => undefined;
  const exited = new Promise<number | undefined>((resolve) => {
    exit = resolve;
  });
  const seen = { fed: "", hungUp: false, dropped: false };
  stdin.on("data", (chunk: Buffer) => {
    seen.fed += chunk;
  });
  const end = (code: number | undefined) => {
    exit(code);
    stdout.end();
    stderr.end();
  };
  const hangUp = () => {
    seen.hungUp = true;
  };
  const drop = () => {
    seen.dropped = true;
  };
  return { line: { stdin, stdout, stderr, exited, hangUp, drop }, stdout, stderr, exit, end, seen };
}

/** Waits pass when the test says so. */
function heldClock() {
  let now = 0;
  const sleepers: { until: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ until: now + ms, wake: resolve });
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
  };
  const pass = async (ms: number) => {
    now += ms;
    for (const sleeper of sleepers.filter(({ until }) => until <= now)) sleeper.wake();
    await settled();
  };
  return { clock, pass };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const command: Command = { argv: ["virsh", "secret-set-value", "hunter2"] };
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

describe("running", () => {
  test("gives both outputs, and lets go", async () => {
    const { line, stdout, stderr, end, seen } = playedLine();
    const chunks: string[] = [];
    const onOutput = (stream: string, chunk: Buffer) => void chunks.push(`${stream}:${chunk}`);
    const running = runStarted(line, "hv", { ...command, stdin: "in" }, { onOutput });
    stdout.write("out");
    stderr.write("err");
    await settled();
    end(3);
    expect(await running).toEqual({ code: 3, stdout: "out", stderr: "err" });
    expect(chunks.sort()).toEqual(["stderr:err", "stdout:out"]);
    expect(seen).toEqual({ fed: "in", hungUp: false, dropped: true });
  });

  test("an exit without a status is a lost connection", async () => {
    const { line, end } = playedLine();
    const running = failure(runStarted(line, "hv", command));
    end(undefined);
    const error = await running;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error?.message).toBe("the connection to 'hv' was lost while 'virsh' ran");
  });

  test("output may come after the exit; a pipe that is held open is given up when it is quiet", async () => {
    const { line, stdout, exit, seen } = playedLine();
    const { clock, pass } = heldClock();
    const running = runStarted(line, "hv", command, {}, clock);
    exit(0);
    await settled();
    stdout.write("late");
    await pass(1000);
    expect(seen.dropped).toBe(false);
    await pass(1000);
    expect((await running).stdout).toBe("late");
  });

  test("a child that never stops talking is given up too", async () => {
    const { line, stdout, exit } = playedLine();
    const { clock, pass } = heldClock();
    const running = runStarted(line, "hv", command, {}, clock);
    exit(0);
    await settled();
    for (let second = 0; second < 11; second += 1) {
      stdout.write("x");
      await pass(1000);
    }
    expect((await running).stdout.length).toBeGreaterThanOrEqual(10);
  });

  test("at the deadline it hangs up, and waits for the end", async () => {
    const { line, end, seen } = playedLine();
    const { clock, pass } = heldClock();
    const running = failure(runStarted(line, "hv", { ...command, timeoutMs: 2500 }, {}, clock));
    await pass(2499);
    expect(seen.hungUp).toBe(false);
    await pass(1);
    expect(seen).toMatchObject({ hungUp: true, dropped: false });
    end(143);
    const error = await running;
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error?.message).toBe("'virsh' on 'hv' did not end within 2.5 s");
    expect(seen.dropped).toBe(true);
  });

  test("what does not end even then is left", async () => {
    const { line, seen } = playedLine();
    const { clock, pass } = heldClock();
    const controller = new AbortController();
    const running = failure(runStarted(line, "hv", command, { signal: controller.signal }, clock));
    controller.abort();
    await pass(0);
    await pass(6999);
    expect(seen).toMatchObject({ hungUp: true, dropped: false });
    await pass(1);
    expect(await running).toBeInstanceOf(InterruptedError);
    expect(seen).toMatchObject({ hungUp: true, dropped: true });
  });

  test("where the group's end is told apart, an end that was asked for waits for it", async () => {
    const { line, end, seen } = playedLine();
    let leave: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const { clock, pass } = heldClock();
    const running = failure(runStarted({ ...line, gone }, "hv", { ...command, timeoutMs: 10 }, {}, clock));
    await pass(10);
    end(143);
    await settled();
    expect(seen).toMatchObject({ hungUp: true, dropped: false });
    leave();
    expect(await running).toBeInstanceOf(DeadlineError);
  });
});

describe("stdout into a stream of ours", () => {
  test("waits while that takes no more, and the result has none of it", async () => {
    const { line, stdout, end } = playedLine();
    const { clock, pass } = heldClock();
    const taken: string[] = [];
    let go = () => undefined as unknown;
    const stdoutTo = new Writable({
      highWaterMark: 1,
      write: (chunk, _encoding, done) => {
        taken.push(String(chunk));
        go = done;
      },
    });
    const running = runStarted(line, "hv", command, { stdoutTo }, clock);
    stdout.write("one");
    await settled();
    stdout.write("two");
    end(0);
    await settled();
    expect([taken, stdout.isPaused()]).toEqual([["one"], true]);
    await pass(20_000);
    go();
    await settled();
    go();
    expect(await running).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(taken).toEqual(["one", "two"]);
    expect(stdoutTo.listenerCount("error")).toBe(0);
  });

  test("ends the command when that fails", async () => {
    const { line, end, seen } = playedLine();
    const stdoutTo = new Writable();
    const running = failure(runStarted(line, "hv", command, { stdoutTo }));
    stdoutTo.destroy(new Error("disk full"));
    await settled();
    expect(seen.hungUp).toBe(true);
    end(143);
    expect((await running)?.message).toContain("disk full");
  });
});

describe("entering another user's shell", () => {
  const become = (method: "sudo" | "su") =>
    becomeCommand({ ...command, stdin: "payload" }, { method, user: "root", password: "hunter2" });

  test("answers once asked, and feeds the command only behind it", async () => {
    const { line, stderr, end, seen } = playedLine();
    const running = runStarted(line, "hv", become("sudo"));
    await settled();
    expect(seen.fed).toBe("");
    stderr.write(`a lecture ${SUDO_PROMPT.slice(0, 5)}`);
    await settled();
    expect(seen.fed).toBe("");
    stderr.write(SUDO_PROMPT.slice(5));
    await settled();
    expect(seen.fed).toBe("hunter2\n");
    stderr.write(`${ENTERED}err`);
    await settled();
    expect(seen.fed).toBe("hunter2\npayload");
    end(0);
    expect(await running).toEqual({ code: 0, stdout: "", stderr: "err" });
  });

  test("unasked, the password is not given", async () => {
    const { line, stderr, end, seen } = playedLine();
    const running = runStarted(line, "hv", become("sudo"));
    stderr.write(ENTERED);
    await settled();
    end(0);
    await running;
    expect(seen.fed).toBe("payload");
  });

  test("asked again, it hangs up", async () => {
    const { line, stderr, end, seen } = playedLine();
    const running = runStarted(line, "hv", become("sudo"));
    stderr.write(`${SUDO_PROMPT}Sorry, try again.\n${SUDO_PROMPT}`);
    await settled();
    expect(seen).toMatchObject({ fed: "hunter2\n", hungUp: true });
    stderr.write("sudo: 1 incorrect password attempt\n");
    end(1);
    const stderrText = "Sorry, try again.\nsudo: 1 incorrect password attempt\n";
    expect(await running).toEqual({ code: 1, stdout: "", stderr: stderrText });
  });

  test("su's prompt is in any language", async () => {
    const { line, stderr, end, seen } = playedLine();
    const running = runStarted(line, "hv", become("su"));
    stderr.write("Passwort: ");
    await settled();
    expect(seen.fed).toBe("hunter2\n");
    end(1);
    await running;
  });

  test("a deadline counts there as well", async () => {
    const { line, end, seen } = playedLine();
    const { clock, pass } = heldClock();
    const running = failure(runStarted(line, "hv", { ...become("sudo"), timeoutMs: 10 }, {}, clock));
    await pass(10);
    expect(seen.hungUp).toBe(true);
    end(1);
    expect(await running).toBeInstanceOf(DeadlineError);
  });
});

describe("a long process", () => {
  test("keeps its stderr for the end", async () => {
    const { line, stderr, end } = playedLine();
    const long = await openStarted(line, command);
    stderr.write("why");
    await settled();
    end(undefined);
    expect(await long.ended).toEqual({ code: undefined, stderr: "why" });
  });

  test("is given up when it has not become the other user in time", async () => {
    const { line, stderr, exit, seen } = playedLine();
    const { clock, pass } = heldClock();
    const sudo = becomeCommand({ ...command, timeoutMs: 100 }, { method: "sudo", user: "u", password: "p" });
    const opening = openStarted(line, sudo, clock);
    await pass(100);
    expect(seen.hungUp).toBe(true);
    stderr.end();
    exit(1);
    expect((await (await opening).ended).code).toBe(1);
  });

  test("close hangs up", async () => {
    const { line, seen } = playedLine();
    (await openStarted(line, command)).close();
    expect(seen.hungUp).toBe(true);
  });
});

test("a long process that has ended leaves no wait behind", async () => {
  const { line, stdout, end } = playedLine();
  const signals: (AbortSignal | undefined)[] = [];
  const { clock } = heldClock();
  const watched: Clock = {
    now: clock.now,
    sleep: (ms, signal) => {
      signals.push(signal);
      return clock.sleep(ms, signal);
    },
  };
  const process = await openStarted(line, command, watched);
  stdout.resume();
  end(0);
  expect(await process.ended).toMatchObject({ code: 0 });
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
});
