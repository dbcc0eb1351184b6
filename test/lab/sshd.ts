import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endProcess } from "./processes.js";

interface SshdOptions {
  /** As sshd_config has it, `%u` included. Default: one file for all users, with the lab's client key. */
  readonly authorizedKeysFile?: string;
  /** More lines for sshd_config; they come first and so win. */
  readonly config?: readonly string[];
  readonly hostKeyTypes?: readonly ("ed25519" | "ecdsa" | "rsa")[];
  /** To start again at the same place, with a new host key. */
  readonly port?: number;
}

export interface LabSshd {
  readonly port: number;
  /** `TYPE BASE64` of the first host key. */
  readonly hostKey: string;
  /** The private key that the default authorized_keys lets in. */
  readonly clientKeyPath: string;
  /** Its public half, one line. */
  readonly clientKey: string;
  /** Removed by `stop`. */
  readonly directory: string;
  /** What sshd said so far. */
  log(): string;
  /** Kills the processes that serve connections, without a goodbye. */
  killConnections(): void;
  stop(): Promise<void>;
}

/** sshd's last words when somebody else has taken the port since it was looked for. */
const TAKEN = /Address already in use/;

/** A real sshd on 127.0.0.1, with keys and a configuration of its own; needs root. */
export async function startSshd(options: SshdOptions = {}): Promise<LabSshd> {
  const directory = await mkdtemp(join(tmpdir(), "farm-sshd-"));
  await chmod(directory, 0o755);
  await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const types = options.hostKeyTypes ?? ["ed25519"];
  for (const type of types) makeKey(join(directory, `host_${type}`), type);
  const clientKeyPath = join(directory, "client");
  makeKey(clientKeyPath, "ed25519");
  const clientKey = (await readFile(`${clientKeyPath}.pub`, "utf8")).trim();
  await writeFile(join(directory, "authorized_keys"), `${clientKey}\n`);
  const { server, port, log } = await started(directory, types, options);
  const [sshd = 0] = offspring(server.pid ?? 0);
  const [type, key] = (await readFile(join(directory, `host_${types[0]}.pub`), "utf8")).split(" ");
  return {
    port,
    hostKey: `${type} ${key}`,
    clientKeyPath,
    clientKey,
    directory,
    log,
    killConnections: () => {
      for (const pid of offspring(sshd)) endProcess(pid);
    },
    stop: async () => {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      if (server.exitCode === null && server.kill()) await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Started {
  readonly server: ChildProcess;
  readonly port: number;
  readonly log: () => string;
}

async function started(directory: string, types: readonly string[], options: SshdOptions): Promise<Started> {
  const port = options.port ?? (await freePort());
  const file = join(directory, "sshd_config");
  await writeFile(file, sshdConfig(directory, port, types, options).join("\n"));
  // What its users leave behind is reaped at once, as by a hypervisor's init: libvirt waits for it when it ends a domain, and the init here may look
  // only every other second.
  const server = spawn("tini", ["-s", "--", "/usr/sbin/sshd", "-D", "-e", "-f", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    return { server, port, log: await listening(server) };
  } catch (error) {
    if (options.port !== undefined || !TAKEN.test((error as Error).message)) throw error;
    return started(directory, types, options);
  }
}

function sshdConfig(
  directory: string,
  port: number,
  types: readonly string[],
  options: SshdOptions,
): string[] {
  return [
    ...(options.config ?? []),
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...types.map((type) => `HostKey ${join(directory, `host_${type}`)}`),
    `AuthorizedKeysFile ${options.authorizedKeysFile ?? join(directory, "authorized_keys")}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "MaxStartups 100",
    "",
  ];
}

/** An unprotected key pair at `path` and `path`.pub. */
export function makeKey(path: string, type: string, passphrase = ""): void {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "lab", "-f", path]);
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function listening(server: ChildProcess): Promise<() => string> {
  let log = "";
  return new Promise((resolve, reject) => {
    server.stderr?.on("data", (chunk: Buffer) => {
      log += chunk;
      if (log.includes("Server listening on")) resolve(() => log);
    });
    server.once("error", reject);
    server.once("close", (code) => reject(new Error(`sshd ended with ${code}: ${log}`)));
  });
}

/** Only the direct children: what they run must end by itself. */
function offspring(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // It has just ended.
  }
}
