import { createReadStream } from "node:fs";
import type { FarmEvent } from "../../events.js";

export interface TimedEvent {
  readonly event: FarmEvent;
  readonly time: Date;
}

/** Of a longer line only what stands before a task's result is looked at. */
const LONGEST_LINE = 8 * 2 ** 20;
const RESULT = ',"result":';

/**
 * The events of an `events.jsonl`, one by one. The last line of a killed run may be torn: it is passed over.
 * @param unread told of every other line that is no event
 */
export async function* readEvents(
  file: string,
  unread: () => void = () => undefined,
): AsyncGenerator<TimedEvent> {
  for await (const { line, isWhole } of lines(file)) {
    const event = parsed(line);
    if (event) yield event;
    else if (isWhole) unread();
  }
}

interface Line {
  readonly line: string;
  /** A line feed ends it. */
  readonly isWhole: boolean;
}

async function* lines(file: string): AsyncGenerator<Line> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8", highWaterMark: 256 * 1024 })) {
    let from = 0;
    const text = chunk as string;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      yield { line: rest + text.slice(from, end), isWhole: true };
      rest = "";
      from = end + 1;
    }
    if (rest.length < LONGEST_LINE) rest += text.slice(from);
  }
  if (rest !== "") yield { line: rest, isWhole: false };
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
