import { randomBytes } from "node:crypto";
import { isPlainObject } from "../values/plain-object.js";

/** The engine knows no times: one is a mapping, told by a key that no data has. */
const TIME = `__time_${randomBytes(20).toString("hex")}`;
const SPAN = `__span_${randomBytes(20).toString("hex")}`;
const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

/** What Python calls a naive datetime, with its attributes. @param micros since 1970 by the clock on the wall, as if it were UTC */
export function timeOf(micros: number): Record<string, unknown> {
  const date = new Date(Math.floor(micros / 1000));
  return {
    [TIME]: micros,
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    microsecond: ((micros % SECOND) + SECOND) % SECOND,
  };
}

/** Python's timedelta, with its attributes. */
export function spanOf(micros: number): Record<string, unknown> {
  const days = Math.floor(micros / DAY);
  const rest = micros - days * DAY;
  return { [SPAN]: micros, days, seconds: Math.floor(rest / SECOND), microseconds: rest % SECOND };
}

/** The microseconds of a time or a span; undefined for anything else. */
export const microsOfTime = (value: unknown): number | undefined => marked(value, TIME);
export const microsOfSpan = (value: unknown): number | undefined => marked(value, SPAN);

function marked(value: unknown, mark: string): number | undefined {
  if (!isPlainObject(value) || !Object.hasOwn(value, mark)) return undefined;
  const micros = value[mark];
  return typeof micros === "number" ? micros : undefined;
}

const two = (number: number) => String(number).padStart(2, "0");
const fraction = (micros: number) => (micros === 0 ? "" : `.${String(micros).padStart(6, "0")}`);

/** Python's `str()` of a time or a span; undefined for anything else. */
export function timeText(value: unknown, between = " "): string | undefined {
  const time = microsOfTime(value);
  if (time !== undefined) {
    const iso = new Date(Math.floor(time / 1000)).toISOString();
    return `${iso.slice(0, 10)}${between}${iso.slice(11, 19)}${fraction(((time % SECOND) + SECOND) % SECOND)}`;
  }
  const span = microsOfSpan(value);
  if (span === undefined) return undefined;
  const days = Math.floor(span / DAY);
  const rest = span - days * DAY;
  const seconds = Math.floor(rest / SECOND);
  const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const prefix = days === 0 ? "" : `${days} day${Math.abs(days) === 1 ? "" : "s"}, `;
  return prefix + clock + fraction(rest % SECOND);
}

/** A value with its times as texts, for the world outside of expressions. */
export function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (!isPlainObject(value)) return value;
  return (
    timeText(value) ??
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutTimes(entry)]))
  );
}
