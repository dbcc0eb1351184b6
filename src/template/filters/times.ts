import { pythonText, truthy } from "../python.js";
import { microsOfSpan, microsOfTime, spanOf, timeOf, timeText } from "../times.js";
import type { Call, Filters } from "./call.js";
import { formatTime, type WallTime, wallTime } from "./time-format.js";
import { parseTime } from "./time-parse.js";

const SECOND = 1_000_000;

/** A time without a zone, as `strftime` takes it. */
const naive = (micros: number): WallTime => ({
  date: new Date(Math.floor(micros / 1000)),
  microsecond: ((micros % SECOND) + SECOND) % SECOND,
  offset: 0,
  zone: "",
});

/** `FORMAT | strftime(seconds, utc)`; the format is the value. */
function strftime(call: Call): string {
  const given = call.arg(0, "second");
  const seconds = given === null ? Date.now() / 1000 : Number(given);
  if (!Number.isFinite(seconds)) call.fail(`needs seconds since 1970, got '${pythonText(given)}'`);
  return formatTime(pythonText(call.value), wallTime(seconds, truthy(call.arg(1, "utc", false))));
}

function toDatetime(call: Call): unknown {
  const format = call.text(0, "format", "%Y-%m-%d %H:%M:%S");
  const text = pythonText(call.value);
  const micros = parseTime(text, format);
  return micros === undefined ? call.fail(`cannot read the time '${text}' as '${format}'`) : timeOf(micros);
}

/** The function `now(utc, fmt)`. */
export function now(call: Call): unknown {
  const wall = wallTime(Date.now() / 1000, truthy(call.arg(0, "utc", false)));
  const format = call.text(1, "fmt");
  return format === "" ? timeOf(wall.date.getTime() * 1000 + wall.microsecond) : formatTime(format, wall);
}

/** `a - b` where one may be a time or a span. */
export function difference(call: Call): unknown {
  const [left, right] = call.args;
  const [time, otherTime] = [microsOfTime(left), microsOfTime(right)];
  const [span, otherSpan] = [microsOfSpan(left), microsOfSpan(right)];
  if (time !== undefined && otherTime !== undefined) return spanOf(time - otherTime);
  if (time !== undefined && otherSpan !== undefined) return timeOf(time - otherSpan);
  if (span !== undefined && otherSpan !== undefined) return spanOf(span - otherSpan);
  if (typeof left === "number" && typeof right === "number") return left - right;
  return call.fail("cannot subtract these values");
}

/** What Python's methods of times and spans return; undefined when the value is neither, or has no such method. */
export function timeMethod(value: unknown, name: unknown, format: unknown): unknown {
  const span = microsOfSpan(value);
  if (span !== undefined) return name === "total_seconds" ? span / SECOND : undefined;
  const time = microsOfTime(value);
  if (time === undefined) return undefined;
  if (name === "strftime") return formatTime(pythonText(format), naive(time));
  if (name === "isoformat") return timeText(value, "T");
  if (name === "date") return timeText(value)?.slice(0, 10);
  return name === "timestamp" ? momentOf(time) : undefined;
}

/** Seconds since 1970 of a time by the clock of this machine. */
function momentOf(micros: number): number {
  const wall = new Date(Math.floor(micros / 1000));
  const local = new Date(
    wall.getUTCFullYear(),
    wall.getUTCMonth(),
    wall.getUTCDate(),
    wall.getUTCHours(),
    wall.getUTCMinutes(),
    wall.getUTCSeconds(),
  );
  return local.getTime() / 1000 + (((micros % SECOND) + SECOND) % SECOND) / SECOND;
}

export const TIME_FILTERS: Filters = { strftime, to_datetime: toDatetime };
