import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type ConnectConfig, type ServerHostKeyAlgorithm } from "ssh2";
import { type FarmError, InterruptedError } from "../../errors.js";
import { hostKeyCheck } from "./host-key.js";
import { type Login, prepareLogin } from "./ssh-auth.js";
import { connectError, readyTimeout } from "./ssh-errors.js";
import type { SshTarget } from "./ssh-target.js";

/** A logged-in SSH connection. */
export interface SshConnection {
  readonly client: ssh2.Client;
  /** Resolves when the connection is no more, whatever the reason. */
  readonly gone: Promise<void>;
  isGone(): boolean;
  /** @param isEnding the server ends too: its answer is not waited for */
  end(isEnding?: boolean): void;
}

const KEEPALIVE = { keepaliveInterval: 5000, keepaliveCountMax: 3 } as const;

const GOODBYE_MS = 2000;

/** ssh2's own list and order. */
const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/** Connects and logs in. @throws HypervisorError or GuestError in plain words, InterruptedError on `target.signal`. */
export async function openConnection(target: SshTarget, sock: Duplex | undefined): Promise<SshConnection> {
  const login = await prepareLogin(target.user, target.auth);
  const check = hostKeyCheck(target.hostKey, target);
  let hostKeyError: FarmError | undefined;
  const config: ConnectConfig = {
    username: target.user,
    authHandler: login.handler,
    readyTimeout: readyTimeout(target),
    algorithms: { serverHostKey: preferring(check.preferred) },
    hostVerifier: (key: Buffer) => {
      hostKeyError = check.verify(key);
      return hostKeyError === undefined;
    },
    ...KEEPALIVE,
  };
  const stream = sock ?? connectSocket({ host: target.host, port: target.port, noDelay: true });
  const connection = await connect(stream, config, target, login, () => hostKeyError);
  check.loggedIn();
  return connection;
}

/** Known types first, as ssh does; the signature algorithms of an RSA key have names of their own. */
export function preferring(keyTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const wanted = new Set(
    keyTypes.flatMap((type) => (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", type] : [type])),
  );
  const first = HOST_KEY_ALGORITHMS.filter((algorithm) => wanted.has(algorithm));
  return [...first, ...HOST_KEY_ALGORITHMS.filter((algorithm) => !wanted.has(algorithm))];
}

function connect(
  stream: Duplex,
  config: ConnectConfig,
  target: SshTarget,
  login: Login,
  hostKeyError: () => FarmError | undefined,
): Promise<SshConnection> {
  const client = new ssh2.Client();
  let gone = false;
  const goneEvent = new Promise<void>((resolve) => {
    client.once("close", () => {
      gone = true;
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { level?: string }) => {
      // The next way to log in is tried; after the login, the "close" that follows tells all.
      if (error.level === "agent") return void login.notes.push(`ssh-agent: ${error.message}`);
      target.signal?.removeEventListener("abort", stop);
      reject(hostKeyError() ?? connectError(error, target, login));
      stream.destroy();
    };
    const stop = () => {
      reject(new InterruptedError(`connecting to '${target.name}' was interrupted`));
      stream.destroy();
    };
    client.on("error", fail);
    // A channel stays open for writing behind its end, and ssh2 sends no more keepalives: its close would never come.
    client.once("end", () => stream.destroy());
    client.once("close", () => fail(Object.assign(new Error("connection closed"), { code: "ECONNRESET" })));
    client.once("ready", () => {
      target.signal?.removeEventListener("abort", stop);
      resolve({
        client,
        gone: goneEvent,
        isGone: () => gone,
        end: (isEnding) => endClient(client, stream, isEnding),
      });
    });
    if (target.signal?.aborted) return stop();
    target.signal?.addEventListener("abort", stop, { once: true });
    client.connect({ ...config, sock: stream });
  });
}

/** Says goodbye; a server that does not answer is left. */
function endClient(client: ssh2.Client, stream: Duplex, isEnding = false): void {
  client.end();
  if (isEnding) stream.destroy();
  else setTimeout(() => stream.destroy(), GOODBYE_MS).unref();
}
