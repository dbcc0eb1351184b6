import { PassThrough } from "node:stream";
import { expect, it, vi } from "vitest";
import type { SshConnection } from "../../../../src/transport/ssh/ssh-connection.js";
import { type UserTerminal, userSession } from "../../../../src/transport/ssh/user-session.js";

/** A server that tells the status in the same packet as it confirms the session. */
function quickConnection(status: number): SshConnection {
  const channel = Object.assign(new PassThrough(), { stderr: new PassThrough(), close: () => undefined });
  const exec = (_line: string, _options: object, done: (error: undefined, channel: unknown) => void) => {
    done(undefined, channel);
    channel.emit("exit", status);
    setImmediate(() => channel.emit("close"));
  };
  const gone = new Promise<void>(() => undefined);
  return { client: { exec }, gone, isGone: () => false, end: () => undefined } as unknown as SshConnection;
}

it("knows the status of a command that has ended before anybody could listen", async () => {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const { signal } = new AbortController();
  expect(await userSession(quickConnection(7), { name: "guest", line: "exit 7", streams, signal })).toBe(7);
});

it("tells the size of a window that changed while the session was opened, and what it becomes later", async () => {
  const told: unknown[] = [];
  let size = { rows: 24, columns: 80 };
  let resized = () => undefined as unknown;
  const channel = Object.assign(new PassThrough(), {
    stderr: new PassThrough(),
    close: () => undefined,
    setWindow: (rows: number, columns: number) => void told.push([rows, columns]),
  });
  const shell = (pty: { rows: number; cols: number }, done: (error: undefined, channel: unknown) => void) => {
    told.push([pty.rows, pty.cols]);
    size = { rows: 17, columns: 61 };
    resized();
    setImmediate(() => done(undefined, channel));
  };
  const gone = new Promise<void>(() => undefined);
  const connection = { client: { shell }, gone } as unknown as SshConnection;
  const terminal: UserTerminal = {
    kind: "dumb",
    size: () => size,
    takeKeys: () => () => undefined,
    onResize: (listener) => {
      resized = listener;
      return () => undefined;
    },
  };
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const { signal } = new AbortController();
  const session = userSession(connection, { name: "guest", terminal, streams, signal });
  await vi.waitFor(() => expect(channel.listenerCount("close")).toBeGreaterThan(0));
  size = { rows: 50, columns: 132 };
  resized();
  channel.emit("exit", 0);
  channel.emit("close");
  expect(await session).toBe(0);
  expect(told).toEqual([
    [24, 80],
    [17, 61],
    [50, 132],
  ]);
});
