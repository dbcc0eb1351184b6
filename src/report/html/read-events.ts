import { createReadStream } from "node:fs";
import type { FarmEvent } from "../events.js";

export interface TimedEvent {
  readonly event: FarmEvent;
  readonly time: Date;
}

/** Of a longer line only what stands before a task's result is looked at. */
const LONGEST_LINE = 8 * 2 ** 20;
const RESULT = ',"result":';

/** The events of an `events.jsonl`, one by one; a torn line, as the end of a killed run may be, is passed over. */
export async function* readEvents(file: string): AsyncGenerator<TimedEvent> {
  for await (const line of lines(file)) {
    const event = parsed(line);
    if (event) yield event;
  }
}

async function* lines(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8", highWaterMark: 256 * 1024 })) {
    let from = 0;
    const text = chunk as string;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      yield rest + text.slice(from, end);
      rest = "";
      from = end + 1;
    }
    if (rest.length < LONGEST_LINE) rest += text.slice(from);
  }
  if (rest !== "") yield rest;
}

function parsed(line: string): TimedEvent | undefined {
  const cut = line.length < LONGEST_LINE ? -1 : line.indexOf(RESULT);
  const note = '{"msg":"the output is too long for a report"}}';
  const text = cut === -1 ? line : `${line.slice(0, cut)}${RESULT}${note}`;
  try {
    const { time, ...event } = JSON.parse(text) as { time: string } & FarmEvent;
    const at = new Date(time);
    return typeof event.type === "string" && !Number.isNaN(at.getTime())
      ? { event: event as FarmEvent, time: at }
      : undefined;
  } catch {
    return undefined;
  }
}
