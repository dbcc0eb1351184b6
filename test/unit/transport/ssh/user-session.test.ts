import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { SshConnection } from "../../../../src/transport/ssh/ssh-connection.js";
import { userSession } from "../../../../src/transport/ssh/user-session.js";

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
