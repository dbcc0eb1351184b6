import { createInterface } from "node:readline";
import type { Clock } from "../clock.js";
import { DeadlineError, type FarmError, InterruptedError } from "../errors.js";
import { plainText } from "./plain-text.js";
import type { Command, LongProcess, Shell } from "./shell.js";

/** Another farm's download of a large image over a slow line, or the tests of a VM. */
const LONGEST_WAIT_MS = 6 * 3600_000;

/** How a command ends that was not to wait for who has the lock. */
export const HELD = 75;

/** A lock on a machine: the kernel there lets go of it whichever way our connection ends. */
export interface FileLock {
  /** The lines that were printed between the lock's being had and `locked`. */
  readonly said: readonly string[];
  release(): Promise<void>;
}

interface FileLockOptions {
  /** Without, nobody waits, and there is nothing to interrupt. */
  readonly wait?: {
    readonly clock: Clock;
    readonly signal?: AbortSignal | undefined;
    /** Told once who has it. */
    readonly onWaiting?: ((owner: string, deadlineMs: number) => void) | undefined;
  };
  readonly words: {
    /** After "interrupted while". */
    readonly meanwhile: string;
    readonly tooLong: string;
    readonly held: (owner: string) => FarmError;
    readonly failed: (why: string) => FarmError;
  };
}

/**
 * @param command prints `held by WHO` when another has the lock, what it has to say and `locked` when it has it, and then lives until its stdin ends
 * @throws what the words say, DeadlineError after six hours, InterruptedError
 */
export async function lockFile(shell: Shell, command: Command, options: FileLockOptions): Promise<FileLock> {
  const process = await shell.open(command);
  try {
    const said = await beforeItIsTooLate(readUntilLocked(process, options), options);
    return { said, release: () => end(process) };
  } catch (error) {
    process.close();
    throw error;
  }
}

async function end(process: LongProcess): Promise<void> {
  process.close();
  await process.ended;
}

async function readUntilLocked(process: LongProcess, { wait, words }: FileLockOptions): Promise<string[]> {
  const said: string[] = [];
  let owner = "";
  for await (const line of createInterface({ input: process.stdout })) {
    if (line === "locked") return said;
    if (line.startsWith("held by ")) {
      owner = plainText(line.slice("held by ".length)) || "it does not say who it is";
      wait?.onWaiting?.(owner, LONGEST_WAIT_MS);
    } else said.push(line);
  }
  const { code, stderr } = await process.ended;
  throw code === HELD ? words.held(owner) : words.failed(plainText(stderr) || "the process ended");
}

async function beforeItIsTooLate<T>(locked: Promise<T>, { wait, words }: FileLockOptions): Promise<T> {
  if (wait === undefined) return locked;
  const { clock, signal } = wait;
  const settled = new AbortController();
  const stop = signal ? AbortSignal.any([signal, settled.signal]) : settled.signal;
  const deadline = clock.sleep(LONGEST_WAIT_MS, stop).then(
    () => {
      throw new DeadlineError(words.tooLong);
    },
    () => {
      if (signal?.aborted) throw new InterruptedError(`interrupted while ${words.meanwhile}`);
      return locked;
    },
  );
  try {
    return await Promise.race([locked, deadline]);
  } finally {
    settled.abort();
  }
}
