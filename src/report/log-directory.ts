import fs, { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FarmEvent } from "../events.js";
import { vmDirectoryName } from "../naming.js";
import { losslessBytes } from "../transport/lossless-text.js";
import type { Reporter } from "./emitter.js";
import { eventLine } from "./json-reporter.js";
import { writeSummary } from "./run-history.js";
import { runSummarizer } from "./run-summary.js";

/** The directory of one run on this machine: all events, and for each VM the output of its tasks and its console. */
export interface LogDirectory extends Reporter {
  saveLog(vm: string, name: string, content: string): Promise<void>;
}

/** @param path is made, with `events.jsonl`, a directory a VM and, last of all, `summary.json` in it. */
export function logDirectory(path: string, project: string): LogDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const events = open(join(path, "events.jsonl"));
  const summarizer = runSummarizer();
  const logs = new Map<string, WriteStream>();
  const directories = new Map<string, string>();
  const directoryOf = (vm: string) => {
    const made = directories.get(vm);
    if (made !== undefined) return made;
    const directory = join(path, vmDirectoryName(project, vm));
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    directories.set(vm, directory);
    return directory;
  };
  const logOf = (vm: string, phase: string) => {
    const key = JSON.stringify([vm, phase]);
    const begun = logs.get(key);
    if (begun) return begun;
    const log = open(join(directoryOf(vm), `${phase.replaceAll(" ", "-")}.log`), endings.get(key));
    logs.set(key, log);
    return log;
  };
  const endings = new Map<string, Promise<void>>();
  const end = (key: string, stream: WriteStream): void => {
    const ended = new Promise<void>((resolve) => stream.end(resolve));
    endings.set(key, ended);
    void ended.then(() => endings.get(key) === ended && endings.delete(key));
  };
  /** A run of many VMs would have more open files than it may. */
  const endLog = (vm: string, phase: string): void => {
    const key = JSON.stringify([vm, phase]);
    const log = logs.get(key);
    logs.delete(key);
    if (log) end(key, log);
  };
  const close = async () => {
    for (const [key, stream] of [["events", events] as const, ...logs]) end(key, stream);
    await Promise.all(endings.values());
    const summary = summarizer.summary();
    if (summary) await writeSummary(path, summary);
  };
  let closed: Promise<void> | undefined;
  return {
    on: (event, time) => {
      summarizer.on(event, time);
      if (event.type !== "task-output") events.write(eventLine(event, time));
      const text = logText(event);
      if (text !== undefined && "vm" in event && "phase" in event && event.vm !== undefined)
        logOf(event.vm, event.phase).write(losslessBytes(text));
      if (event.type === "phase-ended") endLog(event.vm, event.phase);
    },
    saveLog: (vm, name, content) => writeFile(join(directoryOf(vm), name), content, { mode: 0o600 }),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** @param before is waited for: nothing of a file that was ended and goes on stands before what it had */
function open(file: string, before?: Promise<void>): WriteStream {
  const options = { flags: "a", mode: 0o600 };
  if (!before) return createWriteStream(file, options);
  const later = (...args: Parameters<typeof fs.open>) => void before.then(() => fs.open(...args));
  return createWriteStream(file, { ...options, fs: { ...fs, open: later } });
}

/** What the log of a phase says of an event. */
function logText(event: FarmEvent): string | undefined {
  switch (event.type) {
    case "task-started":
      return `\n=== ${event.task} (${event.module}, ${event.position})\n`;
    case "task-output":
      return event.text;
    case "task-ended":
      return `=== ${event.status} after ${event.durationMs} ms${event.result.msg === undefined ? "" : `: ${JSON.stringify(event.result.msg)}`}\n`;
    default:
      return undefined;
  }
}
