import { type Clock, systemClock } from "../clock.js";
import { asFarmError, ConnectionLostError, DeadlineError, FarmError, InterruptedError } from "../errors.js";
import { enter } from "./become-entry.js";
import { CommandOutput, endOf, OUTPUT_IDLE_MS } from "./command-output.js";
import { sendContent } from "./content.js";
import { GONE_S, KILL_GRACE_S } from "./group-end.js";
import { OutputBuffer } from "./output-buffer.js";
import { sentFirst } from "./script.js";
import type { Command, CommandResult, LongProcess, RunOptions } from "./shell.js";
import type { StartedLine } from "./started-line.js";

/** How long a process that was told to end, and its group, is waited for: TERM, the grace, KILL, and the way back. */
const END_MS = (KILL_GRACE_S + GONE_S) * 1000 + 3000;

const LONG_STDERR_BYTES = 64 * 1024;

/** How messages name a command: by its program only, since arguments can be long or private. */
export const programOf = (command: Command): string => command.argv[0];

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
    return await runUntil(stop, line, machine, command, options, clock);
  } finally {
    over.abort();
  }
}

/** The same, where `stop` says what the command is to be ended for. */
export async function runUntil(
  stop: Promise<FarmError>,
  line: StartedLine,
  machine: string,
  command: Command,
  options: RunOptions = {},
  clock: Clock = systemClock,
): Promise<CommandResult> {
  const over = new AbortController();
  const output = new CommandOutput(line, options);
  try {
    const first = await Promise.race([finish(line, command, output, clock), stop, output.refused]);
    if (first instanceof FarmError) {
      line.hangUp();
      await Promise.race([line.gone ?? line.exited, clock.sleep(END_MS, over.signal).catch(ignoreEndOfWait)]);
      throw first;
    }
    if (first.code === undefined) throw connectionLost(machine, command);
    return { ...first, code: first.code };
  } finally {
    over.abort();
    output.release();
    line.drop();
  }
}

/** Feeds the command and takes what it says, until its end, or until it cannot be fed. */
async function finish(line: StartedLine, command: Command, output: CommandOutput, clock: Clock) {
  line.stdin.on("error", ignoreBrokenPipe);
  const refused = await enter(line, command.become);
  if (refused === undefined) output.takeStderr();
  const code = await (refused === undefined ? feed(line, command) : line.exited);
  if (code instanceof FarmError) return code;
  await output.settle(clock);
  return { code, stdout: output.stdout.text(), stderr: refused ?? output.stderr.text() };
}

/** Gives the command its stdin; resolves when it has ended, or with why it cannot be given all of it. */
function feed(line: StartedLine, command: Command): Promise<number | undefined | FarmError> {
  const ended = new AbortController();
  sendVariables(line, command);
  return new Promise((resolve) => {
    sendContent(line.stdin, command.stdin, ended.signal).catch((error) => resolve(asFarmError(error)));
    void line.exited.then((code) => {
      ended.abort();
      resolve(code);
    });
  });
}

function sendVariables(line: StartedLine, command: Command): void {
  const variables = sentFirst(command);
  if (variables !== "") line.stdin.write(variables);
}

/** A started line that is talked to; the rules are those of `Shell.open`. */
export async function openStarted(
  line: StartedLine,
  command: Command,
  clock: Clock = systemClock,
): Promise<LongProcess> {
  line.stdin.on("error", ignoreBrokenPipe);
  const refused = await enterInTime(line, command, clock);
  const stderr = new OutputBuffer(LONG_STDERR_BYTES);
  if (refused !== undefined) stderr.push(Buffer.from(refused));
  else sendVariables(line, command);
  line.stderr.on("data", (chunk: Buffer) => stderr.push(chunk)).resume();
  const stderrEnd = endOf(line.stderr);
  const finishLong = async () => {
    const code = await line.exited;
    // Nobody may be reading stdout; then it never ends.
    const stdoutEnd = line.stdout.readableFlowing ? endOf(line.stdout) : undefined;
    // A timer that goes on would keep farm itself from ending.
    const over = new AbortController();
    const idle = clock.sleep(OUTPUT_IDLE_MS, over.signal).catch(ignoreEndOfWait);
    await Promise.race([Promise.all([stderrEnd, stdoutEnd]), idle]);
    over.abort();
    line.drop();
    return { code, stderr: stderr.text() };
  };
  const { stdin, stdout } = line;
  return { stdin, stdout, stderr: line.stderr, ended: finishLong(), close: () => line.hangUp() };
}

async function enterInTime(line: StartedLine, { become, timeoutMs }: Command, clock: Clock) {
  const over = new AbortController();
  if (timeoutMs !== undefined) clock.sleep(timeoutMs, over.signal).then(line.hangUp, ignoreEndOfWait);
  const refused = await enter(line, become);
  over.abort();
  return refused;
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
export function stopReason(
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
