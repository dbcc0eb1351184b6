import { Readable, Writable } from "node:stream";
import type { Clock } from "../../clock.js";
import type { Become, Command, CommandResult, LongProcess, Shell } from "../shell.js";
import type { StartedLine } from "../started-line.js";
import { MarkedOutput } from "./marked-output.js";
import { checkFrame, type Frame, LEAVING, openingFrame } from "./session-script.js";

/** A server that lets in but does not run what it is told says nothing for ever; an emulated guest is slow. */
const ANSWER_MS = 60_000;

/**
 * What came of opening a session: one, or how sudo or su refused, or that this machine can "never" have one, or that it
 * did not come about this time.
 */
export type Opened = ShellSession | { readonly refused: CommandResult } | "never" | "not now";

/** A command under way in a session, as a line of its own. */
export interface SessionLine extends StartedLine {
  /** True when the session has looked at the command: before that, it may be run elsewhere. */
  begun(): boolean;
}

/** In less time, no machine makes as many processes as it has numbers for. */
const LONG_MS = 1000;

/** A `sh` on the other side that lives for many commands, one at a time. */
export class ShellSession {
  /** Resolves with the exit status when it has ended, whatever the reason. */
  readonly ended: Promise<{ code: number | undefined; stderr: string }>;
  readonly #process: LongProcess;
  readonly #clock: Clock;
  #current: Exchange | undefined;
  #checking: Promise<unknown> | undefined;
  #started = 0;
  #spent = false;

  private constructor(process: LongProcess, stderr: NodeJS.ReadableStream, clock: Clock) {
    this.#process = process;
    this.#clock = clock;
    process.stdout.on("data", (chunk: Buffer) => this.#take("stdout", chunk));
    stderr.on("data", (chunk: Buffer) => this.#take("stderr", chunk));
    this.ended = process.ended.then((end) => {
      this.#spent = true;
      this.#current?.finish(end.code);
      return end;
    });
  }

  /** Throws what `shell.open` does. */
  static async open(shell: Shell, become: Become | undefined, clock: Clock): Promise<Opened> {
    const command: Command = { argv: ["sh"], graceSeconds: 0, timeoutMs: ANSWER_MS };
    const process = await shell.open(become ? { ...command, become } : command);
    if (process.stderr) {
      const session = new ShellSession(process, process.stderr, clock);
      return session.#introduce(become);
    }
    process.close();
    return "never";
  }

  /** False once it takes no more commands. */
  get good(): boolean {
    return !this.#spent;
  }

  /** Resolves with whether it takes a command now; it can only be asked between commands. */
  async free(): Promise<boolean> {
    await this.#checking;
    return !this.#spent && this.#current === undefined;
  }

  /** Starts a command; only where it is `free`. */
  start(frame: Frame): SessionLine {
    this.#started = this.#clock.now();
    return this.#send(frame);
  }

  /** Lets a session that is `free` go, without leaving its watcher anything to end. */
  leave(): Promise<unknown> {
    this.#spent = true;
    this.#process.stdin.write(LEAVING);
    return this.ended;
  }

  /** Ends it with the command that runs. */
  close(): void {
    this.#spent = true;
    this.#process.close();
  }

  async #introduce(become: Become | undefined): Promise<Opened> {
    const line = this.#send(openingFrame());
    const over = new AbortController();
    const late = this.#clock.sleep(ANSWER_MS, over.signal).then(
      () => true,
      () => false,
    );
    const silent = await Promise.race([line.exited.then(() => false), late]);
    over.abort();
    if (await this.free()) return this;
    const answered = line.begun();
    this.close();
    if (silent || answered) return "never";
    const { code, stderr } = await this.ended;
    if (code === undefined) return "not now";
    return become ? { refused: { code, stdout: "", stderr } } : "never";
  }

  #checkAfterLong(): void {
    const long = this.#started > 0 && this.#clock.now() - this.#started > LONG_MS;
    this.#started = 0;
    this.#checking = long ? this.#send(checkFrame()).exited : undefined;
  }

  #send(frame: Frame): SessionLine {
    const exchange = new Exchange(frame.nonce, () => this.close(), this.ended);
    this.#current = exchange;
    this.#process.stdin.write(frame.text);
    return exchange;
  }

  #take(name: "stdout" | "stderr", chunk: Buffer): void {
    const end = this.#current?.take(name, chunk);
    if (!end) return;
    if (end.clean) {
      this.#current?.finish(end.code);
      this.#current = undefined;
      this.#checkAfterLong();
    } else {
      // Its shell exits; the output ends when nobody holds it any more.
      this.#spent = true;
    }
  }
}

/** One frame's answer. */
class Exchange implements SessionLine {
  /** All of a command's stdin is in its frame. */
  readonly stdin = new Writable({ write: (_chunk, _encoding, done) => done() });
  readonly stdout = new Readable({ read: () => undefined });
  readonly stderr = new Readable({ read: () => undefined });
  readonly exited: Promise<number | undefined>;
  readonly hangUp: () => void;
  readonly gone: Promise<unknown>;
  readonly #marks: { readonly stdout: MarkedOutput; readonly stderr: MarkedOutput };
  #exit: (code: number | undefined) => void = () => undefined;

  constructor(nonce: string, hangUp: () => void, gone: Promise<unknown>) {
    this.#marks = { stdout: new MarkedOutput(nonce, false), stderr: new MarkedOutput(nonce, true) };
    this.hangUp = hangUp;
    this.gone = gone;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
  }

  begun(): boolean {
    return this.#marks.stdout.begun;
  }

  /** Passes on what is the command's; the end, once both streams have come to it. */
  take(name: "stdout" | "stderr", chunk: Buffer) {
    const ofCommand = this.#marks[name].take(chunk);
    if (ofCommand.length > 0 && !this[name].destroyed) this[name].push(ofCommand);
    const { stdout, stderr } = this.#marks;
    if (!stdout.end || !stderr.end) return undefined;
    this.#exit(stdout.end.code);
    return stdout.end;
  }

  /** Nothing more comes. Where no end was seen, the code is that of the session: its shell was ended with the command. */
  finish(code: number | undefined): void {
    this.stdout.push(null);
    this.stderr.push(null);
    this.#exit(code);
  }

  drop(): void {
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.destroy();
  }
}
