import type { Readable } from "node:stream";
import type { Clock } from "../clock.js";
import { asFarmError, type FarmError } from "../errors.js";
import { OutputBuffer } from "./output-buffer.js";
import type { RunOptions } from "./shell.js";
import type { StartedLine } from "./started-line.js";

/** After the exit, output may be on its way; a background child may also hold the pipe for ever. */
export const OUTPUT_IDLE_MS = 1000;
const OUTPUT_LONGEST_MS = 10_000;

/** Drains both streams of a command from the beginning, whoever needs what they say. */
export class CommandOutput {
  readonly stdout: OutputBuffer;
  readonly stderr: OutputBuffer;
  /** Resolves when `stdoutTo` takes no more; never otherwise. */
  readonly refused: Promise<FarmError>;
  readonly #line: StartedLine;
  readonly #options: RunOptions;
  #received = 0;
  #waiting = false;
  #refuse: (error: FarmError) => void = () => undefined;
  readonly #onError = (error: Error) => this.#refuse(asFarmError(error));
  readonly #onDrain = () => {
    this.#waiting = false;
    this.#line.stdout.resume();
  };

  constructor(line: StartedLine, options: RunOptions) {
    this.#line = line;
    this.#options = options;
    this.stdout = new OutputBuffer(options.stdoutTo ? 0 : options.maxOutputBytes);
    this.stderr = new OutputBuffer(options.maxOutputBytes);
    this.refused = new Promise((resolve) => {
      this.#refuse = resolve;
    });
    options.stdoutTo?.on("error", this.#onError).on("drain", this.#onDrain);
    this.#take("stdout");
  }

  /** From now on: before, stderr may be another's. */
  takeStderr(): void {
    this.#take("stderr");
  }

  /** Waits for the rest after the exit: till both ends, or till nothing has come for a while. */
  async settle(clock: Clock): Promise<void> {
    const ends = Promise.all([endOf(this.#line.stdout), endOf(this.#line.stderr)]).then(() => true);
    const over = new AbortController();
    const until = clock.now() + OUTPUT_LONGEST_MS;
    const idle = () =>
      clock.sleep(OUTPUT_IDLE_MS, over.signal).then(
        () => false,
        () => true,
      );
    const talking = (before: number) => before !== this.#received && clock.now() < until;
    for (let before = -1; this.#waiting || talking(before); ) {
      before = this.#received;
      if (await Promise.race([ends, idle()])) break;
    }
    over.abort();
  }

  release(): void {
    this.#options.stdoutTo?.off("error", this.#onError).off("drain", this.#onDrain);
  }

  #take(name: "stdout" | "stderr"): void {
    this.#line[name].on("data", (chunk: Buffer) => {
      this.#received += chunk.length;
      this.#options.onOutput?.(name, chunk);
      if (name === "stdout" && this.#options.stdoutTo) this.#passOn(chunk, this.#options.stdoutTo);
      else this[name].push(chunk);
    });
    this.#line[name].resume();
  }

  #passOn(chunk: Buffer, to: NodeJS.WritableStream): void {
    if (to.write(chunk)) return;
    this.#waiting = true;
    this.#line.stdout.pause();
  }
}

/** Resolves when nothing more can come. */
export function endOf(stream: Readable): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    for (const event of ["end", "close", "error"]) stream.once(event, () => resolve());
  });
}
