import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../../src/tasks/modules/wait-for.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { busyboxPath, hasBusybox, pathWithout } from "../../lab/busybox-path.js";
import { runModule } from "../../lab/module-machine.js";

const paths = mkdtempSync(join(tmpdir(), "farm-paths-"));
afterAll(() => rmSync(paths, { recursive: true, force: true }));
const KINDS = [
  { kind: "this machine's tools", path: () => process.env["PATH"] ?? "", listens: true },
  ...(hasBusybox
    ? [{ kind: "busybox alone", path: () => busyboxPath(join(paths, "busybox")), listens: true }]
    : []),
  {
    kind: "neither bash nor nc",
    path: () => pathWithout(join(paths, "bare"), ["bash", "nc", "nc.openbsd", "nc.traditional"]),
    listens: false,
  },
];

/** A failure is no change, either: only what was waited for tells of a match. */
const THERE = { changed: false, match_groups: expect.any(Array) };

/** What a server that stays connected says. */
const GREETING = "SSH-2.0-farm\r\n";

describe.each(KINDS)("wait_for by $kind", ({ path, listens }) => {
  let home: string;
  let shell: Shell;
  let server: Server;
  let port: number;
  const sockets: Socket[] = [];
  let PATH = "";
  beforeAll(() => {
    PATH = path();
  });
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), "farm-waiting-"));
    shell = localShell({ name: "here", home, env: { PATH } });
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => socket.destroy());
      socket.write(GREETING);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    await stop();
    await shell.close();
    rmSync(home, { recursive: true, force: true });
  });
  async function stop(): Promise<void> {
    for (const socket of sockets.splice(0)) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  }
  const run = (args: Record<string, unknown>) => runModule(waitFor, { timeout: 0, ...args }, shell);

  it("sees a file, and what it holds", async () => {
    expect(await run({ path: "~/a b" })).toMatchObject({ failed: true });
    expect(await run({ path: "~/a b", state: "absent" })).toMatchObject({ ...THERE, state: "absent" });
    writeFileSync(join(home, "a b"), Buffer.from("one\xff\nready 42\n", "latin1"), { mode: 0o600 });
    expect(await run({ path: "~/a b" })).toMatchObject({ ...THERE, state: "file", mode: "0600" });
    expect(await run({ path: "~/a b", state: "absent" })).toMatchObject({ failed: true });
    expect(await run({ path: "~/a b", search_regex: String.raw`^ready (\d+)$` })).toMatchObject({
      changed: false,
      match_groups: ["42"],
    });
    expect(await run({ path: "~/a b", search_regex: "later", timeout: 1 })).toMatchObject({ failed: true });
    expect(await run({ path: home, search_regex: "x" })).toMatchObject({
      msg: expect.stringMatching(/cannot be read$/),
    });
  });

  it("sees a port that answers, and one that does not", async () => {
    expect(await run({ port })).toMatchObject({ ...THERE, state: "started" });
    expect(await run({ port, host: "localhost" })).toMatchObject(THERE);
    expect(await run({ port, state: "stopped" })).toMatchObject({ failed: true });
    await stop();
    expect(await run({ port })).toMatchObject({
      failed: true,
      msg: `Timeout when waiting for 127.0.0.1:${port}`,
    });
    expect(await run({ port, state: "stopped" })).toMatchObject({ ...THERE, state: "stopped" });
  });

  it.runIf(listens)("hears what a port says that stays open", async () => {
    const said = await run({
      port,
      search_regex: String.raw`SSH-([\d.]+)-(\w+)`,
      connect_timeout: 2,
      timeout: 50,
    });
    expect(said).toMatchObject({ changed: false, match_groups: ["2.0", "farm"] });
    expect(await run({ port, search_regex: "HTTP", connect_timeout: 1 })).toMatchObject({ failed: true });
  });

  it.runIf(!listens)("says what it needs to hear a port, or to look at another machine's", async () => {
    const needs = { failed: true, msg: expect.stringMatching(/install nc or bash$/) };
    expect(await run({ port, search_regex: "HTTP" })).toMatchObject(needs);
    expect(await run({ port, host: "192.0.2.1" })).toMatchObject(needs);
  });

  it("counts the connections of a port", async () => {
    const drained = { port, state: "drained", active_connection_states: ["ESTABLISHED"] };
    expect(await run(drained)).toMatchObject(THERE);
    const client = connect(port, "127.0.0.1");
    await once(client, "data");
    expect(await run(drained)).toMatchObject({ failed: true });
    expect(await run({ ...drained, exclude_hosts: ["127.0.0.1"] })).toMatchObject(THERE);
    expect(await run({ ...drained, host: "192.0.2.1" })).toMatchObject(THERE);
    client.destroy();
  });
});
