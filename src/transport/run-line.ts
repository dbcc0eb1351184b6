import type { Readable } from "node:stream";
import { type Clock, systemClock } from "../clock.js";
import { ConnectionLostError, DeadlineError, FarmError, InterruptedError } from "../errors.js";
import { enter } from "./become-entry.js";
import { OutputBuffer } from "./output-buffer.js";
import { KILL_GRACE_S } from "./script.js";
import type { Command, CommandResult, LongProcess, RunOptions } from "./shell.js";
import type { StartedLine } from "./started-line.js";

/** After the exit, output may be on its way; a background child may also hold the pipe for ever. */
const OUTPUT_IDLE_MS = 1000;
const OUTPUT_LONGEST_MS = 10_000;

/** How long a process that was told to end is waited for: TERM, the grace, KILL, and the way back. */
const END_MS = KILL_GRACE_S * 1000 + 3000;

const LONG_STDERR_BYTES = 64 * 1024;

/** How messages name a command: by its program only, since arguments can be long or private. */
export const programOf = (command: Command): string => command.argv[0];

/** Bytes of the command's own stdin. */
export const stdinOf = (command: Command): Buffer => Buffer.from(command.stdin ?? "");

/** Runs a started line to its end; the rules are those of `Shell.run`. */
export async function runStarted(
  line: StartedLine,
  machine: string,
  command: Command,
  options: RunOptions = {},
  clock: Clock = systemClock,
): Promise<CommandResult> {
  const over = new AbortController();
  try {
    const stop = stopReason(machine, command, options.signal, clock, over.signal);
    const first = await Promise.race([finish(line, command, options, clock), stop]);
    if (first instanceof FarmError) {
      line.hangUp();
      await Promise.race([line.exited, clock.sleep(END_MS, over.signal).catch(ignoreEndOfWait)]);
      throw first;
    }
    if (first.code === undefined) throw connectionLost(machine, command);
    return { ...first, code: first.code };
  } finally {
    over.abort();
    line.drop();
  }
}

/** Feeds the command and takes what it says, until its end. */
async function finish(line: StartedLine, command: Command, options: RunOptions, clock: Clock) {
  const output = new Output(line, options);
  const refused = await enter(line, command.become);
  if (refused === undefined) {
    output.takeStderr();
    line.stdin.write(stdinOf(command));
  }
  const code = await line.exited;
  await output.settle(clock);
  return { code, stdout: output.stdout.text(), stderr: refused ?? output.stderr.text() };
}

/** A started line that is talked to; the rules are those of `Shell.open`. */
export async function openStarted(
  line: StartedLine,
  command: Command,
  clock: Clock = systemClock,
): Promise<LongProcess> {
  line.stdin.on("error", ignoreBrokenPipe);
  const refused = await enter(line, command.become);
  const stderr = new OutputBuffer(LONG_STDERR_BYTES);
  if (refused !== undefined) stderr.push(Buffer.from(refused));
  line.stderr.on("data", (chunk: Buffer) => stderr.push(chunk)).resume();
  const stderrEnd = endOf(line.stderr);
  const finishLong = async () => {
    const code = await line.exited;
    await Promise.race([stderrEnd, clock.sleep(OUTPUT_IDLE_MS)]);
    line.drop();
    return { code, stderr: stderr.text() };
  };
  return { stdin: line.stdin, stdout: line.stdout, ended: finishLong(), close: () => line.hangUp() };
}

function connectionLost(machine: string, command: Command): ConnectionLostError {
  return new ConnectionLostError(
    `the connection to '${machine}' was lost while '${programOf(command)}' ran`,
    {
      hint: "whether it finished is not known",
    },
  );
}

export function interrupted(machine: string, command: Command): InterruptedError {
  return new InterruptedError(`'${programOf(command)}' on '${machine}' was interrupted`);
}

/** Resolves with the error to throw once the command has to be stopped; never when it ends before. */
function stopReason(
  machine: string,
  command: Command,
  signal: AbortSignal | undefined,
  clock: Clock,
  over: AbortSignal,
): Promise<FarmError> {
  return new Promise((resolve) => {
    const stop = () => resolve(interrupted(machine, command));
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    over.addEventListener("abort", () => signal?.removeEventListener("abort", stop), { once: true });
    const { timeoutMs } = command;
    if (timeoutMs === undefined) return;
    const late = () =>
      resolve(
        new DeadlineError(`'${programOf(command)}' on '${machine}' did not end within ${timeoutMs / 1000} s`),
      );
    clock.sleep(timeoutMs, over).then(late, ignoreEndOfWait);
  });
}

const ignoreEndOfWait = (): void => undefined;

/** The command ended without reading its stdin. */
const ignoreBrokenPipe = (): void => undefined;

/** Resolves when nothing more can come. */
function endOf(stream: Readable): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    for (const event of ["end", "close", "error"]) stream.once(event, () => resolve());
  });
}

/** Drains both streams from the beginning, whoever needs what they say. */
class Output {
  readonly stdout: OutputBuffer;
  readonly stderr: OutputBuffer;
  readonly #line: StartedLine;
  readonly #options: RunOptions;
  #received = 0;

  constructor(line: StartedLine, options: RunOptions) {
    this.#line = line;
    this.#options = options;
    this.stdout = new OutputBuffer(options.maxOutputBytes);
    this.stderr = new OutputBuffer(options.maxOutputBytes);
    this.#take("stdout");
    line.stdin.on("error", ignoreBrokenPipe);
  }

  takeStderr(): void {
    this.#take("stderr");
  }

  #take(name: "stdout" | "stderr"): void {
    this.#line[name].on("data", (chunk: Buffer) => {
      this.#received += chunk.length;
      this[name].push(chunk);
      this.#options.onOutput?.(name, chunk);
    });
    this.#line[name].resume();
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
    for (let before = -1; before !== this.#received && clock.now() < until; ) {
      before = this.#received;
      if (await Promise.race([ends, idle()])) break;
    }
    over.abort();
  }
}
