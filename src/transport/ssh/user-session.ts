import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { ClientChannel, PseudoTtyOptions } from "ssh2";
import { ConnectionLostError, GuestError, InterruptedError } from "../../errors.js";
import { plainText } from "../plain-text.js";
import type { SshConnection } from "./ssh-connection.js";

/** The user's end of a session. */
export interface UserStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** The user's terminal, to be had by one session at a time. */
export interface UserTerminal {
  /** As $TERM says. */
  readonly kind: string;
  size(): { readonly rows: number; readonly columns: number };
  /** Every key goes to the session, Ctrl-C too, until the function that it returns is called. */
  takeKeys(): () => void;
  /** @returns what ends it */
  onResize(listener: () => void): () => void;
}

export interface UserSessionOptions {
  /** For messages. */
  readonly name: string;
  /** A line for the login shell there; without one the login shell itself. */
  readonly line?: string | undefined;
  /** Gives the session a terminal of its own. */
  readonly terminal?: UserTerminal | undefined;
  readonly streams: UserStreams;
  readonly signal: AbortSignal;
}

/** ssh's own exit status of a process that a signal ended. */
const signalled = (name: string | undefined): number =>
  128 + (constants.signals[`${name}`.replace(/^(?!SIG)/, "SIG") as keyof typeof constants.signals] ?? 0);

/**
 * Gives the user a session on a machine: what he types goes there, what it says comes here, byte by byte.
 * @returns its exit status, 128 + n after signal n
 * @throws GuestError when it cannot be started, ConnectionLostError when nobody knows how it ended, InterruptedError on the signal
 */
export async function userSession(connection: SshConnection, options: UserSessionOptions): Promise<number> {
  const { terminal, streams, name } = options;
  const window = terminal && windowOf(terminal);
  const opened = await openChannel(connection, options, window);
  const { channel } = opened;
  const release: (() => void)[] = [];
  if (terminal && window) release.push(terminal.takeKeys(), followSize(terminal, channel, window));
  try {
    return await join(connection, opened, streams, options);
  } catch (thrown) {
    if (thrown instanceof InterruptedError || thrown instanceof ConnectionLostError) throw thrown;
    throw new GuestError(`the session on '${name}' broke: ${plainText((thrown as Error).message)}`, {
      cause: thrown,
    });
  } finally {
    for (const each of release) each();
    streams.stdin.unpipe(channel);
    streams.stdin.pause();
  }
}

interface OpenedChannel {
  readonly channel: ClientChannel;
  /** Undefined until it is told. */
  status: number | undefined;
}

function openChannel(
  { client }: SshConnection,
  { name, line }: UserSessionOptions,
  pty: PseudoTtyOptions | false = false,
): Promise<OpenedChannel> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | undefined, channel: ClientChannel) => {
      if (error)
        return reject(
          new GuestError(`'${name}' gave no session: ${plainText(error.message)}`, { cause: error }),
        );
      const opened: OpenedChannel = { channel, status: undefined };
      // Now: a server that is quick tells it in the same packet as it confirms the session.
      channel.on("exit", (code: number | null, ended?: string) => {
        opened.status = code ?? signalled(ended);
      });
      resolve(opened);
    };
    if (line === undefined) client.shell(pty, done);
    else client.exec(line, pty === false ? {} : { pty }, done);
  });
}

function windowOf(terminal: UserTerminal): PseudoTtyOptions {
  const { rows, columns } = terminal.size();
  return { term: terminal.kind, rows, cols: columns, width: 0, height: 0 };
}

/** The session's window is as large as the terminal, also when that changed while the session was opened. @returns what ends it */
function followSize(terminal: UserTerminal, channel: ClientChannel, told: PseudoTtyOptions): () => void {
  const tell = () => {
    const { rows, columns } = terminal.size();
    channel.setWindow(rows, columns, 0, 0);
  };
  const { rows, cols } = windowOf(terminal);
  if (rows !== told.rows || cols !== told.cols) tell();
  return terminal.onResize(tell);
}

/** Until the session has ended and all it said has been passed on. */
function join(
  connection: SshConnection,
  opened: OpenedChannel,
  { stdin, stdout, stderr }: UserStreams,
  { name, signal }: UserSessionOptions,
): Promise<number> {
  const { channel } = opened;
  return new Promise<number>((resolve, reject) => {
    const stop = () => {
      reject(new InterruptedError(`the session on '${name}' was interrupted`));
      channel.close();
    };
    const ended = () => {
      signal.removeEventListener("abort", stop);
      if (opened.status !== undefined) return resolve(opened.status);
      const hint = "what was started there may still run";
      reject(new ConnectionLostError(`the connection to '${name}' was lost`, { hint }));
    };
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    channel.once("error", reject);
    channel.once("close", ended);
    void connection.gone.then(ended);
    // Nobody reads on, as in `farm ssh VM -- yes | head`.
    const unread = () => {
      opened.status ??= signalled("SIGPIPE");
      channel.close();
    };
    for (const stream of [stdout, stderr]) stream.once("error", unread);
    channel.pipe(stdout, { end: false });
    channel.stderr.pipe(stderr, { end: false });
    stdin.pipe(channel);
  });
}
