import type { Duplex, Writable } from "node:stream";

/** A file of the controller. It is read as it is sent, and never whole in memory. */
export interface LocalFile {
  readonly file: string;
  /** How much of it is sent, from its beginning or from `start`: its size, or the rest of it. */
  readonly bytes: number;
  readonly start?: number;
  /** Sees each piece as it is sent, and may not keep it. */
  readonly onPiece?: (piece: Buffer) => void;
}

export type Content = string | Uint8Array | LocalFile;

/** One command for a machine, as data. Nothing in it is ever parsed by a shell that farm did not quote for. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** True when running it changes nothing: a dry run executes it for real. */
  readonly readOnly?: boolean;
  /** Secrets travel here, never in argv or env. */
  readonly stdin?: Content;
  /**
   * A path that is new and nobody's guess: a shell may put much stdin there before the command starts, which then has none. It
   * is removed behind the command. Where it cannot be made, and of little, the command is given its stdin as ever.
   */
  readonly stdinFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory; a leading `~/` is the remote home. */
  readonly cwd?: string;
  /**
   * Milliseconds until the command and its process group are ended and a DeadlineError is thrown. For `open`: until it is
   * given up when it has not become the other user yet.
   */
  readonly timeoutMs?: number;
  /** For `open`: how long the process may go on by itself once its stdin has ended. Default 1. */
  readonly graceSeconds?: number;
  /** The user to run it as; `becomeCommand` sets it. */
  readonly become?: Become;
}

/** How a command gets to be another user's. */
export interface Become {
  readonly method: "sudo" | "su" | "doas";
  readonly user: string;
  /** Travels by stdin, ahead of the command's own. */
  readonly password?: string;
}

export interface CommandResult {
  /** Exit status; 128 + n when the process was ended by signal n, as a shell reports it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each chunk as it arrives; the same bytes are in the result, up to `maxOutputBytes`. */
  readonly onOutput?: ((stream: "stdout" | "stderr", chunk: Buffer) => void) | undefined;
  /** How much of each stream the result keeps: its last bytes. Default 16 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** Takes stdout at its own pace; the result then has none of it. It is not ended. */
  readonly stdoutTo?: Writable | undefined;
}

/**
 * A process that lives until it is closed, e.g. a lock holder. The end of its stdin ends it, be it by `close`, `stdin.end()` or a lost
 * connection: it sees the end, `graceSeconds` later its group gets TERM, and KILL two seconds after that.
 */
export interface LongProcess {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  /** As it comes; `ended` has its last 64 KiB too. Absent where a shell cannot tell it apart. */
  readonly stderr?: NodeJS.ReadableStream;
  /** Resolves when the process has ended, also through a lost connection (code undefined). Never rejects. */
  readonly ended: Promise<{ code: number | undefined; stderr: string }>;
  close(): void;
}

/**
 * The door to one machine. Real ones: local processes, SSH. A test gives a scripted one that refuses what it does not expect.
 */
export interface Shell {
  /** For messages: the inventory's name of the machine. */
  readonly name: string;
  /**
   * Runs a command to its end. A non-zero exit is a result, not an error.
   * @throws ConnectionLostError when the outcome is unknown, DeadlineError after `timeoutMs`, InterruptedError on `signal`.
   */
  run(command: Command, options?: RunOptions): Promise<CommandResult>;
  /** Starts a process that is talked to while it lives. */
  open(command: Command): Promise<LongProcess>;
  /**
   * Writes a whole file: to a temporary name beside it, synced, then renamed. `mode` is octal permission bits, default 0o600.
   * A leading `~/` is the remote home.
   */
  writeFile(path: string, content: Content, mode?: number): Promise<void>;
  /** A TCP connection made from that machine, e.g. to a guest's forwarded port. */
  connect(host: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /**
   * Lets go of the connection; commands under way end with ConnectionLostError.
   * @param isEnding the machine ends too: nothing is tidied there, and its answer is not waited for
   */
  close(isEnding?: boolean): Promise<void>;
}
