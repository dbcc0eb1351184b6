import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConnectionLostError, describeError, type FarmError } from "../../../src/errors.js";
import { persistentShell } from "../../../src/transport/persistent/persistent-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { connectSsh } from "../../../src/transport/ssh/ssh-shell.js";
import { type LabSshd, startSshd } from "../../lab/sshd.js";
import { alive, targetOf } from "./ssh-lab.js";

let sshd: LabSshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

const pidIn = async (file: string): Promise<number> => {
  await expect.poll(() => existsSync(file) && readFileSync(file, "utf8")).toMatch(/^\d+\n$/);
  return Number(readFileSync(file, "utf8"));
};
const gone = (pid: number) => expect.poll(() => alive(pid)).toBe(false);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: FarmError) => error,
  );

describe.each([
  ["a command by itself", (shell: Shell) => shell],
  ["a shell that stays", (shell: Shell) => persistentShell(shell)],
])("when the connection of %s goes", (_, wrap) => {
  test("the server dies: the outcome is unknown, the process is ended, later commands are told", async () => {
    const shell = wrap(await connectSsh(targetOf(sshd)));
    const file = join(sshd.directory, "pid1");
    rmSync(file, { force: true });
    const running = caught(
      shell.run({ argv: ["sh", "-c", `(trap '' TERM; echo $$ >${file}; sleep 306)`, "secret"] }),
    );
    const long = await shell.open({ argv: ["sleep", "307"] });
    const pid = await pidIn(file);
    sshd.killConnections();
    const error = await running;
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(describeError(error as FarmError)).toBe(
      "the connection to 'lab' was lost while 'sh' ran\n  hint: whether it finished is not known",
    );
    expect((await long.ended).code).toBeUndefined();
    await gone(pid);
    const next = await caught(shell.run({ argv: ["true"] }));
    expect(next).toBeInstanceOf(ConnectionLostError);
    expect(next?.message).toContain("'true' was not started");
    await shell.close();
  });

  test("close while a command runs", async () => {
    const shell = wrap(await connectSsh(targetOf(sshd)));
    const file = join(sshd.directory, "pid2");
    rmSync(file, { force: true });
    const running = caught(shell.run({ argv: ["sh", "-c", `echo $$ >${file}; exec sleep 308`] }));
    const pid = await pidIn(file);
    await shell.close();
    expect(await running).toBeInstanceOf(ConnectionLostError);
    await gone(pid);
  });
});

describe("when the connection fails", () => {
  test("a link that falls silent is noticed by keepalive", async () => {
    const wire: Socket[] = [];
    const proxy = createServer((near) => {
      const far = connect(sshd.port, "127.0.0.1");
      wire.push(near, far);
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as { port: number };
    const shell = await connectSsh(targetOf(sshd, { port }));
    const running = caught(shell.run({ argv: ["sleep", "300"] }));
    for (const end of wire) end.unpipe().pause();
    expect(await running).toBeInstanceOf(ConnectionLostError);
    for (const end of wire) end.destroy();
    proxy.close();
  });

  test("a machine behind another ends the connection: noticed at once, not at the end of the command", async () => {
    const near: Socket[] = [];
    const proxy = createServer({ allowHalfOpen: true }, (socket) => {
      near.push(socket);
      socket.pipe(connect(sshd.port, "127.0.0.1")).pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as { port: number };
    const jump = await connectSsh(targetOf(sshd));
    const shell = await connectSsh(targetOf(sshd, { sock: await jump.connect("127.0.0.1", port) }));
    const running = caught(shell.run({ argv: ["sleep", "309"] }));
    for (const socket of near) socket.end();
    expect(await running).toBeInstanceOf(ConnectionLostError);
    await shell.close();
    await jump.close();
    for (const socket of near) socket.destroy();
    proxy.close();
  });

  test("a server that allows one session only: said, not hung", async () => {
    const narrow = await startSshd({ config: ["MaxSessions 1"] });
    const shell = await connectSsh(targetOf(narrow));
    // It holds the only session for longer than farm waits for one.
    const holder = caught(shell.run({ argv: ["sleep", "60"] }));
    const error = await caught(shell.run({ argv: ["sleep", "1"] }));
    expect(error?.message).toMatch(/^'lab' gave no session for 'sleep': .*open failed/);
    expect(error?.hint).toContain("MaxSessions");
    await shell.close();
    expect((await holder)?.name).toBe("ConnectionLostError");
    await narrow.stop();
  });

  test("twelve long processes leave room for commands", async () => {
    const shell = await connectSsh(targetOf(sshd));
    const locks = await Promise.all(Array.from({ length: 12 }, () => shell.open({ argv: ["cat"] })));
    const { code } = await shell.run({ argv: ["true"], timeoutMs: 50_000 });
    expect(code).toBe(0);
    for (const lock of locks) lock.stdin.end();
    const ends = await Promise.all(locks.map(({ ended }) => ended));
    expect(ends.every((end) => end.code === 0)).toBe(true);
    await shell.close();
  });

  test("an abort takes a command out of the queue at once", async () => {
    const shell = await connectSsh(targetOf(sshd));
    const go = join(sshd.directory, "go");
    rmSync(go, { force: true });
    const wait = `until [ -e '${go}' ]; do sleep 0.1; done`;
    const busy = Array.from({ length: 8 }, () => shell.run({ argv: ["sh", "-c", wait] }));
    const controller = new AbortController();
    const queued = caught(shell.run({ argv: ["true"] }, { signal: controller.signal }));
    controller.abort();
    // None of the others has ended yet.
    expect((await queued)?.message).toBe("'true' on 'lab' was interrupted");
    writeFileSync(go, "");
    await Promise.all(busy);
    await shell.close();
  });
});
