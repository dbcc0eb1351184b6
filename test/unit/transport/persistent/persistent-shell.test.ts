import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Clock } from "../../../../src/clock.js";
import { ConnectionLostError, GuestError, InterruptedError } from "../../../../src/errors.js";
import type { Command } from "../../../../src/transport/shell.js";
import { type PlayedOptions, playedSessions } from "../played-sessions.js";

const a: Command = { argv: ["a"] };
const asUser = (user: string): Command => ({ ...a, become: { method: "sudo", user } });
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("commands", () => {
  test("one after the other share a session, of their user", async () => {
    const { shell, log } = playedSessions();
    expect(await shell.run(a)).toEqual({ code: 0, stdout: "a 1", stderr: "" });
    await shell.run({ argv: ["b"] });
    await shell.run(asUser("root"));
    await shell.run(a);
    expect(log).toEqual(["introduce 1", "a 1", "b 1", "introduce 2 as root", "a 2 as root", "a 1"]);
  });

  test("at the same time have sessions of their own, four at most, of which two stay", async () => {
    const { shell, log, seen } = playedSessions();
    await Promise.all(Array.from({ length: 6 }, () => shell.run(a)));
    await turn();
    expect(log.filter((entry) => entry === "run a")).toHaveLength(2);
    expect(log.filter((entry) => entry.startsWith("leave"))).toHaveLength(2);
    expect(seen.open).toBe(2);
  });

  test("of a third user take the place of a session that waits", async () => {
    const { shell, log } = playedSessions({ room: 2 });
    for (const user of ["one", "two", "three"]) await shell.run(asUser(user));
    expect(log.slice(-3)).toEqual(["leave 1 as one", "introduce 3 as three", "a 3 as three"]);
  });

  test.each<[string, Command]>([
    ["a long stdin", { ...a, stdin: "x".repeat(200_000) }],
    ["a file for stdin", { ...a, stdin: { file: "/f", bytes: 1 } }],
  ])("with %s go their own way", async (_, command) => {
    const { shell, log } = playedSessions();
    expect((await shell.run(command)).stdout).toBe("run");
    expect(log).toEqual(["run a"]);
  });

  test("whose stdout goes to a stream go their own way", async () => {
    const { shell, log } = playedSessions();
    await shell.run(a, { stdoutTo: new PassThrough() });
    expect(log).toEqual(["run a"]);
  });
});

describe("a machine without sessions", () => {
  test.each<[string, PlayedOptions]>([
    ["since it has no /proc", { answers: ["spent"] }],
    ["since its shell ends", { answers: [{ code: 1 }] }],
    ["since stderr is not apart", { stderrApart: false }],
  ])("%s is asked once", async (_, options) => {
    const { shell, log } = playedSessions(options);
    for (let count = 0; count < 3; count += 1) expect((await shell.run(a)).stdout).toBe("run");
    expect(log.filter((entry) => entry === "run a")).toHaveLength(3);
    expect(log.filter((entry) => entry.startsWith("introduce")).length).toBeLessThan(2);
  });

  test("where it has no room just now is asked again", async () => {
    const { shell, log } = playedSessions({ answers: [new GuestError("no room")] });
    expect((await shell.run(a)).stdout).toBe("run");
    expect((await shell.run(a)).stdout).toBe("a 1");
    expect(log).toEqual(["run a", "introduce 1", "a 1"]);
  });

  test("that says nothing for a minute is none", async () => {
    const clock: Clock = {
      now: () => 0,
      sleep: (ms) => (ms === 60_000 ? Promise.resolve() : new Promise(() => undefined)),
    };
    const { shell, log } = playedSessions({ answers: ["silence"], clock });
    expect((await shell.run(a)).stdout).toBe("run");
    await shell.run(a);
    expect(log).toEqual(["introduce 1", "close 1", "run a", "run a"]);
  });
});

describe("the end of a session", () => {
  test("that sudo refuses is the command's result, with no second attempt", async () => {
    const { shell, log } = playedSessions({ answers: [{ code: 1 }] });
    expect(await shell.run(asUser("root"))).toEqual({ code: 1, stdout: "", stderr: "sorry" });
    expect(log).toEqual(["introduce 1 as root", "close 1"]);
  });

  test("before it has looked at the command: it runs elsewhere", async () => {
    const { shell, log } = playedSessions({ answers: ["clean", "unbegun"] });
    expect((await shell.run(a)).stdout).toBe("run");
    expect(log).toEqual(["introduce 1", "a 1", "run a"]);
  });

  test("with the command is the command's own", async () => {
    const { shell } = playedSessions({ answers: ["clean", { code: 137 }] });
    expect(await shell.run(a)).toEqual({ code: 137, stdout: "some", stderr: "" });
  });

  test("with the connection leaves the outcome unknown", async () => {
    const { shell, log } = playedSessions({ answers: ["clean", { code: undefined }] });
    expect(await failure(shell.run(a))).toBeInstanceOf(ConnectionLostError);
    expect(log).not.toContain("run a");
  });

  test("that is spent: the next command has a new one", async () => {
    const { shell, log } = playedSessions({ answers: ["clean", "spent"] });
    expect((await shell.run(a)).stdout).toBe("a 1");
    expect((await shell.run(a)).stdout).toBe("a 2");
    expect(log).toEqual(["introduce 1", "a 1", "introduce 2", "a 2"]);
  });

  test("that a long command was followed by: it is looked at first", async () => {
    let now = 0;
    const clock: Clock = { now: () => (now += 2000), sleep: () => new Promise(() => undefined) };
    const { shell, log } = playedSessions({ answers: ["clean", "clean", "clean", "clean", "spent"], clock });
    for (let count = 0; count < 3; count += 1) await shell.run(a);
    expect(log.slice(0, 8)).toEqual([
      "introduce 1",
      "a 1",
      "check 1",
      "a 1",
      "check 1",
      "introduce 2",
      "a 2",
      "check 2",
    ]);
  });
});

describe("stopping", () => {
  test("ends the session with the command, and only then throws", async () => {
    const { shell, log } = playedSessions({ answers: ["clean", "silence"] });
    const controller = new AbortController();
    const running = failure(shell.run(a, { signal: controller.signal }));
    await turn();
    controller.abort();
    expect(await running).toBeInstanceOf(InterruptedError);
    expect(log).toEqual(["introduce 1", "a 1", "close 1"]);
  });

  test("does not wait for a session that is still opened; it is the next command's", async () => {
    const { shell, log } = playedSessions();
    const controller = new AbortController();
    const running = failure(shell.run(a, { signal: controller.signal }));
    controller.abort();
    expect(await running).toBeInstanceOf(InterruptedError);
    await turn();
    await shell.run(a);
    expect(log).toEqual(["introduce 1", "a 1"]);
  });

  test("an aborted signal starts nothing", async () => {
    const { shell, log } = playedSessions();
    expect(await failure(shell.run(a, { signal: AbortSignal.abort() }))).toBeInstanceOf(InterruptedError);
    expect(log).toEqual([]);
  });

  test("closing lets the sessions go first", async () => {
    const { shell, log, seen } = playedSessions();
    await shell.run(a);
    await shell.close();
    expect(log.at(-1)).toBe("leave 1");
    expect(seen).toEqual({ open: 0, closed: true });
    expect((await shell.run(a)).stdout).toBe("run");
  });
});

describe("the other doors", () => {
  test("a long process may have the room of a session that waits", async () => {
    const { shell, log } = playedSessions({ room: 1 });
    await shell.run(a);
    (await shell.open({ argv: ["lock"] })).close();
    expect(log).toEqual(["introduce 1", "a 1", "open lock", "leave 1", "open lock", "close 2"]);
  });

  test("a small file goes through a session; a large one, and one that fails, does not", async () => {
    const { shell, log } = playedSessions({ answers: ["clean", "clean", { code: 1 }] });
    await shell.writeFile("/small", "x");
    await shell.writeFile("/large", "x".repeat(40_000));
    await shell.writeFile("/fails", "x");
    expect(log.filter((entry) => entry.startsWith("writeFile"))).toEqual([
      "writeFile /large",
      "writeFile /fails",
    ]);
  });
});
