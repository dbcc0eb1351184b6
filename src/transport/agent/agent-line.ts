import { Readable, Writable } from "node:stream";
import type { Clock } from "../../clock.js";
import type { OwnLine } from "../line-shell.js";
import type { StdinKind } from "../script.js";
import type { AgentProcess } from "./agent-call.js";
import { type AgentCommands, type AgentExit, AgentRefusal, READ_BYTES, WRITE_BYTES } from "./agent-call.js";
import { type CommandFiles, endStdin, NOT_YET, passOn, removeFiles, runLine, WHOLE } from "./agent-script.js";

/** From one look at a process to the next; each pause is longer than the one before. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/** A command that takes longer is listened to while it runs; that costs two more calls a look. */
const LISTEN_AFTER_MS = 500;

/** As if it had been ended by TERM. */
const ENDED = 143;

const STREAMS = ["stdout", "stderr"] as const;

interface AgentLineParts {
  readonly agent: AgentCommands;
  readonly clock: Clock;
  readonly files: CommandFiles;
  readonly text: string;
  readonly stdin: StdinKind;
  /** As `guest-exec` takes it. */
  readonly env: readonly string[];
}

/** A shell line that a guest's agent runs. */
export class AgentLine implements OwnLine {
  readonly stdin: Writable;
  readonly stdout = new Readable({ read: () => undefined });
  readonly stderr = new Readable({ read: () => undefined });
  readonly exited: Promise<number | undefined>;
  readonly #parts: AgentLineParts;
  readonly #seen = { stdout: 0, stderr: 0 };
  readonly #handles = new Map<"stdout" | "stderr", number>();
  #started = false;
  #over = false;
  #hungUp = false;
  #exit: (code: number | undefined) => void = () => undefined;

  constructor(parts: AgentLineParts) {
    this.#parts = parts;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
    const { stdin } = parts;
    this.stdin = stdin === "stream" ? this.#passing() : this.#collecting(stdin.bytes);
    if (stdin === "stream" || stdin.bytes === 0) this.#start(runLine(parts.files, parts.text, "none"));
  }

  hangUp(): void {
    if (this.#hungUp || this.#over) return;
    this.#hungUp = true;
    if (this.#started) this.#orLost(this.#see(endStdin(this.#parts.files)));
    else this.#end(ENDED);
  }

  drop(): void {
    this.#over = true;
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.destroy();
  }

  /** Nobody knows any more what becomes of it. */
  abandon(): void {
    this.#end(undefined);
  }

  #start(process: AgentProcess): void {
    this.#started = true;
    this.#orLost(this.#attend(process));
  }

  async #attend(process: AgentProcess): Promise<void> {
    const { agent, env, stdin } = this.#parts;
    const exit = await this.#watch(await agent.exec({ ...process, env }), stdin === "stream");
    if (exit) await this.#finish(exit);
  }

  /** Waits for the end, and passes on what is said meanwhile. */
  async #watch(pid: number, listens: boolean): Promise<AgentExit | undefined> {
    const { agent, clock } = this.#parts;
    const start = clock.now();
    for (let pause = FIRST_PAUSE_MS; !this.#over; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const exit = await agent.status(pid);
      if (exit) return exit;
      if ((listens || clock.now() - start > LISTEN_AFTER_MS) && (await this.#listen()))
        pause = FIRST_PAUSE_MS;
      await clock.sleep(pause);
    }
    return undefined;
  }

  /** @returns whether anything was said */
  async #listen(): Promise<boolean> {
    let said = false;
    for (const name of STREAMS)
      if (this[name].readableLength < READ_BYTES) said = (await this.#read(name)) || said;
    return said;
  }

  async #read(name: "stdout" | "stderr"): Promise<boolean> {
    const { agent, files } = this.#parts;
    const handle = this.#handles.get(name) ?? (await openOnceThere(agent, files[name]));
    if (handle === undefined) return false;
    this.#handles.set(name, handle);
    const bytes = await agent.read(handle);
    this.#say(name, bytes);
    return bytes.length > 0;
  }

  #say(name: "stdout" | "stderr", bytes: Buffer): void {
    this.#seen[name] += bytes.length;
    if (bytes.length > 0 && !this[name].destroyed) this[name].push(bytes);
  }

  async #finish({ code, stdout, stderr }: AgentExit): Promise<void> {
    const { agent, files } = this.#parts;
    if (stdout.subarray(0, WHOLE.length).toString() === WHOLE) {
      this.#say("stdout", stdout.subarray(WHOLE.length + this.#seen.stdout));
      this.#say("stderr", stderr.subarray(this.#seen.stderr));
    } else {
      for (const name of STREAMS) await this.#readToEnd(name);
      await agent.exec(removeFiles(files));
    }
    for (const handle of this.#handles.values()) await agent.close(handle);
    this.#end(code);
  }

  /** At the pace of whoever listens; what nobody listens to is left out. */
  async #readToEnd(name: "stdout" | "stderr"): Promise<void> {
    const stream = this[name];
    while (!stream.destroyed && (stream.readableLength < READ_BYTES || stream.readableFlowing !== null)) {
      if (stream.readableLength >= READ_BYTES) await this.#parts.clock.sleep(LONGEST_PAUSE_MS);
      else if (!(await this.#read(name))) return;
    }
  }

  #end(code: number | undefined): void {
    this.#over = true;
    this.#exit(code);
    for (const stream of [this.stdout, this.stderr]) if (!stream.destroyed) stream.push(null);
  }

  /** All of stdin is there before the command is. */
  #collecting(bytes: number): Writable {
    const { files, text } = this.#parts;
    const given: Buffer[] = [];
    let [arrived, handle] = [0, undefined as number | undefined];
    const take = async (chunk: Buffer) => {
      if (this.#started) return;
      arrived += chunk.length;
      if (bytes <= WRITE_BYTES) given.push(chunk);
      else handle = await this.#store(chunk, handle);
      if (arrived < bytes || this.#hungUp) return;
      const input = Buffer.concat(given).toString("base64");
      if (handle === undefined) return this.#start({ ...runLine(files, text, "given"), "input-data": input });
      await this.#parts.agent.close(handle);
      this.#start(runLine(files, text, "file"));
    };
    return writable(take, () => this.abandon());
  }

  async #store(chunk: Buffer, opened: number | undefined): Promise<number> {
    const { agent, files } = this.#parts;
    const handle = opened ?? (await agent.open(files.stdin, "w"));
    for (let at = 0; at < chunk.length && !this.#hungUp; at += WRITE_BYTES)
      await agent.write(handle, chunk.subarray(at, at + WRITE_BYTES));
    return handle;
  }

  /** Stdin of a command that runs. */
  #passing(): Writable {
    const { files } = this.#parts;
    const take = async (chunk: Buffer) => {
      for (let at = 0; at < chunk.length && !this.#over; at += WRITE_BYTES)
        await this.#see(passOn(files), chunk.subarray(at, at + WRITE_BYTES));
    };
    const stdin = writable(take, () => this.abandon());
    stdin.once("finish", () => this.hangUp());
    return stdin;
  }

  /** Runs a process beside the command and waits for its end; again while the command is not ready for it. */
  async #see(process: AgentProcess, input?: Buffer): Promise<void> {
    const { agent, clock } = this.#parts;
    const data = input && { "input-data": input.toString("base64") };
    while (!this.#over) {
      const pid = await agent.exec({ ...process, ...data });
      let exit = await agent.status(pid);
      for (let pause = FIRST_PAUSE_MS; !exit; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
        await clock.sleep(pause);
        exit = await agent.status(pid);
      }
      if (exit.code !== NOT_YET) return;
      await clock.sleep(FIRST_PAUSE_MS);
    }
  }

  #orLost(work: Promise<void>): void {
    work.catch(() => this.abandon());
  }
}

/** A command's files are there a moment after it was started. */
async function openOnceThere(agent: AgentCommands, path: string): Promise<number | undefined> {
  try {
    return await agent.open(path, "r");
  } catch (thrown) {
    if (thrown instanceof AgentRefusal) return undefined;
    throw thrown;
  }
}

function writable(take: (chunk: Buffer) => Promise<void>, lost: () => void): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      take(chunk).then(
        () => done(),
        (error: Error) => {
          lost();
          done(error);
        },
      );
    },
  });
}
