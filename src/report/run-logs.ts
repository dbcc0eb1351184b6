import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.js";
import { ConfigError } from "../errors.js";
import { PHASES } from "../phases.js";

/** One log of a VM: of a phase, or `console`. */
export interface RunLog {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

const CONSOLE = "console";

/** Names of runs, the newest first. @param directory that holds a project's runs */
export async function runsIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new ConfigError(`cannot read ${directory}: ${error.message}`, { cause: error });
  });
  return names
    .filter((name) => /^\d{8}-\d{6}-/.test(name))
    .sort()
    .reverse();
}

/** The logs in a VM's directory of a run, in the order of its life, the console last; none where there is no such directory. */
export async function logsIn(directory: string): Promise<RunLog[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw new ConfigError(`cannot read ${directory}: ${error.message}`, { cause: error });
  });
  const logs = await Promise.all(
    names
      .filter((name) => name.endsWith(".log"))
      .map(async (file) => {
        const path = join(directory, file);
        return { name: file.slice(0, -".log".length), path, bytes: (await stat(path)).size };
      }),
  );
  return logs.sort((a, b) => order(a.name) - order(b.name) || (a.name < b.name ? -1 : 1));
}

/** As the file of a phase is called. */
const inFile = (phase: string): string => phase.replaceAll(" ", "-");

const ORDER = [...PHASES.map(inFile), CONSOLE];

const order = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** The log of a phase, by the phase's name; undefined when the phase left none. */
export const logOf = (logs: readonly RunLog[], phase: string): RunLog | undefined =>
  logs.find(({ name }) => name === inFile(phase));

interface Follow {
  /** Looked at again and again: what is new of these is printed. */
  readonly logs: () => Promise<readonly RunLog[]>;
  readonly over: () => Promise<boolean>;
  readonly print: (log: RunLog, chunk: Buffer) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const LOOK_AGAIN_MS = 200;
const CHUNK_BYTES = 64 * 1024;

/** Prints logs from their beginnings, and what comes to them, until it is over or the signal says so. */
export async function followLogs({ logs, over, print, clock, signal }: Follow): Promise<void> {
  const read = new Map<string, number>();
  const look = async () => {
    for (const log of await logs())
      read.set(log.path, await printFrom(log, read.get(log.path) ?? 0, (chunk) => print(log, chunk)));
  };
  while (!signal.aborted && !(await over())) {
    await look();
    await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => undefined); // the loop's head looks at the signal
  }
  // The last of a log may be written after the run said that it is over.
  await look();
  if (signal.aborted) return;
  await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => undefined);
  await look();
}

/** Prints logs as they are. */
export async function printLogs(logs: readonly RunLog[], print: Follow["print"]): Promise<void> {
  for (const log of logs) await printFrom(log, 0, (chunk) => print(log, chunk));
}

const EVENTS_END_BYTES = 1024 * 1024;

/** Whether a run has said that it is over. @param directory of the run */
export async function isOver(directory: string): Promise<boolean> {
  const file = await open(join(directory, "events.jsonl"), "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new ConfigError(`cannot read the events of ${directory}: ${error.message}`, { cause: error });
  });
  if (!file) return false;
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, EVENTS_END_BYTES));
    await file.read({ buffer, position: size - buffer.length });
    return buffer.toString().includes('","type":"run-ended",');
  } finally {
    await file.close();
  }
}

/** Prints a log from a byte on. @returns where it ends */
async function printFrom({ path }: RunLog, from: number, print: (chunk: Buffer) => void): Promise<number> {
  const file = await open(path, "r");
  let at = from;
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(CHUNK_BYTES), position: at });
      if (bytesRead === 0) return at;
      print(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
