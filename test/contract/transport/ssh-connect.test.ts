import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { describeError, type FarmError, InterruptedError } from "../../../src/errors.js";
import { connectHypervisor } from "../../../src/transport/hypervisor-connection.js";
import { failureKind, isTransient } from "../../../src/transport/ssh/ssh-failure.js";
import { connectSsh } from "../../../src/transport/ssh/ssh-shell.js";
import { freePort, type LabSshd, makeKey, startSshd } from "../../lab/sshd.js";
import { failing, succeeding, targetOf } from "./ssh-lab.js";

let sshd: LabSshd;
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-ssh-"));
  sshd = await startSshd();
});
afterAll(async () => {
  await sshd.stop();
  await rm(directory, { recursive: true });
});

describe("the login", () => {
  let agent: ChildProcess;
  const socket = () => join(directory, "agent.sock");
  beforeAll(async () => {
    agent = spawn("ssh-agent", ["-D", "-a", socket()], { stdio: "ignore" });
    await vi.waitFor(() => expect(existsSync(socket())).toBe(true), { timeout: 30_000 });
  });
  afterAll(() => void agent.kill());
  const add = (...args: string[]) =>
    execFileSync("ssh-add", ["-q", ...args], { env: { ...process.env, SSH_AUTH_SOCK: socket() } });

  test("by a key in memory", async () => {
    await succeeding(targetOf(sshd, { auth: { keys: [readFileSync(sshd.clientKeyPath, "utf8")] } }));
  });

  test("by the agent, also when only named keys count", async () => {
    const stranger = join(directory, "stranger");
    makeKey(stranger, "ed25519");
    add("-D");
    add(stranger);
    add(sshd.clientKeyPath);
    await succeeding(targetOf(sshd, { auth: { agent: socket() } }));
    const only = { agent: socket(), identitiesOnly: true };
    await succeeding(targetOf(sshd, { auth: { ...only, keyFiles: [`${sshd.clientKeyPath}.pub`] } }));
    const error = await failing(targetOf(sshd, { auth: { ...only, keyFiles: [`${stranger}.pub`] } }));
    expect(failureKind(error)).toBe("refused");
  });

  test("a refused one says what was tried and why something was not", async () => {
    const encrypted = join(directory, "encrypted");
    makeKey(encrypted, "ed25519", "the passphrase");
    const stranger = join(directory, "stranger2");
    makeKey(stranger, "rsa");
    const auth = {
      keyFiles: [encrypted, stranger, join(directory, "missing")],
      defaultKeyFiles: [join(directory, "no-default")],
      agent: join(directory, "no-agent"),
      password: "a secret",
    };
    const error = await failing(targetOf(sshd, { auth }));
    const text = describeError(error);
    expect(error.message).toBe(
      `cannot connect to 'lab' (127.0.0.1:${sshd.port}): the login of 'root' was refused; tried: key ${stranger}, the keys of ssh-agent, password (keyboard-interactive)`,
    );
    expect(text).toContain(`${encrypted}: encrypted, and farm asks for no passphrase: add it to ssh-agent`);
    expect(text).toContain(`${join(directory, "missing")}: no such file`);
    expect(text).toContain("ssh-agent: Failed to connect to agent");
    expect(text).not.toMatch(/a secret|no-default/);
    expect(failureKind(error)).toBe("refused");
  });
});

describe("a machine that does not answer as it should", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });
  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    // A client that has heard enough may reset the connection.
    server.on("connection", (socket) => socket.on("error", () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as { port: number }).port;
  };

  test("refused connection, no banner, cut connection: they may pass", async () => {
    const refused = await failing(targetOf(sshd, { port: await freePort() }));
    expect(refused.message).toMatch(/^cannot connect to 'lab' \(127\.0\.0\.1:\d+\): connection refused$/);
    const silent = await listen(createServer((socket) => void socket.resume()));
    const late = await failing(targetOf(sshd, { port: silent, readyTimeoutMs: 300 }));
    expect(late.message).toContain("no SSH login within 0.3 s");
    const cutting = await listen(createServer((socket) => void socket.end()));
    const cut = await failing(targetOf(sshd, { port: cutting }));
    expect(cut.message).toContain("closed before an SSH server answered");
    const half = await listen(createServer((socket) => void socket.end("SSH-2.0-half\r\n")));
    const midway = await failing(targetOf(sshd, { port: half }));
    expect([refused, late, cut, midway].map(isTransient)).toEqual([true, true, true, true]);
  });

  test("something that is not SSH, or has nothing in common with us: no waiting helps", async () => {
    const web = await listen(
      createServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n".repeat(9000))),
    );
    expect(isTransient(await failing(targetOf(sshd, { port: web })))).toBe(false);
    const old = await startSshd({ config: ["Ciphers aes256-cbc"] });
    try {
      const error = await failing(targetOf(old));
      expect(error.message).toMatch(/the server and farm have no .*cipher in common$/);
      expect(isTransient(error)).toBe(false);
    } finally {
      await old.stop();
    }
  });

  test("an abort while it keeps us waiting", async () => {
    const silent = await listen(createServer((socket) => void socket.resume()));
    const controller = new AbortController();
    const connecting = failing(targetOf(sshd, { port: silent, signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    expect(await connecting).toBeInstanceOf(InterruptedError);
  });
});

describe("the way there", () => {
  test("through the connection of a hypervisor, as to a guest", async () => {
    const guest = await startSshd();
    const hypervisor = await connectSsh(targetOf(sshd));
    try {
      const sock = await hypervisor.connect("127.0.0.1", guest.port);
      const shell = await connectSsh(targetOf(guest, { sock }));
      expect((await shell.run({ argv: ["cat"], stdin: "through two" })).stdout).toBe("through two");
      await shell.close();
      expect((await hypervisor.run({ argv: ["true"] })).code).toBe(0);
    } finally {
      await hypervisor.close();
      await guest.stop();
    }
  });

  test("ssh_config decides: alias, port, user, key, jump host, known_hosts", async () => {
    const home = await mkdtemp(join(directory, "home-"));
    const jump = await startSshd({ config: ["AllowTcpForwarding yes"] });
    try {
      execFileSync("mkdir", [join(home, ".ssh")]);
      const known = [`[127.0.0.1]:${jump.port} ${jump.hostKey}`, `lab-key ${sshd.hostKey}`].join("\n");
      await writeFile(join(home, ".ssh", "known_hosts"), `${known}\n`);
      const config = [
        "Host hv",
        `  HostName localhost\n  Port ${sshd.port}\n  ProxyJump hop\n  HostKeyAlias lab-key\n  IdentityFile ${sshd.clientKeyPath}`,
        "Host hop",
        `  HostName 127.0.0.1\n  Port ${jump.port}\n  IdentityFile ${jump.clientKeyPath}`,
        "Host *\n  User root\n  IdentitiesOnly yes\n",
      ];
      await writeFile(join(home, ".ssh", "config"), config.join("\n"));
      const shell = await connectHypervisor(
        { name: "hv1", host: "hv", connection: "ssh" },
        { home, env: {} },
      );
      expect((await shell.run({ argv: ["sh", "-c", "echo $SSH_CONNECTION"] })).stdout).toMatch(
        new RegExp(` ${sshd.port}\n$`),
      );
      expect(jump.log()).toContain("Accepted publickey for root");
      await shell.close();
    } finally {
      await jump.stop();
    }
  });

  test("a port that nobody listens on, or a forward that is forbidden, is said", async () => {
    const strict = await startSshd({ config: ["AllowTcpForwarding no"] });
    const [open, closed] = [await connectSsh(targetOf(sshd)), await connectSsh(targetOf(strict))];
    try {
      const refused = await open.connect("127.0.0.1", await freePort()).catch((error: FarmError) => error);
      expect(isTransient(refused)).toBe(true);
      const forbidden = await closed.connect("127.0.0.1", 22).catch((error: FarmError) => error);
      expect(isTransient(forbidden)).toBe(false);
      expect((forbidden as FarmError).hint).toContain("AllowTcpForwarding");
    } finally {
      await Promise.all([open.close(), closed.close()]);
      await strict.stop();
    }
  });
});
