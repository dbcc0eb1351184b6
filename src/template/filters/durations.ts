import { pythonText } from "../python.js";
import type { Call, Filters } from "./call.js";

/** Milliseconds of a unit; a month and a year are community.general's. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  mo: 2_592_000_000,
  y: 31_536_000_000,
};

const SHORT: Readonly<Record<string, string>> = {
  millisecond: "ms",
  msec: "ms",
  msecond: "ms",
  sec: "s",
  second: "s",
  min: "m",
  minute: "m",
  hour: "h",
  day: "d",
  week: "w",
  month: "mo",
  year: "y",
};

/** @throws ConfigError for a unit that is none */
function millisecondsOf(call: Call, name: string): number {
  const short = SHORT[name.replace(/s+$/, "")] ?? name;
  const days = call.arg(1, short === "y" ? "year" : "month");
  if ((short === "y" || short === "mo") && days !== null) return Number(days) * 86_400_000;
  return UNITS[short] ?? call.fail(`knows no unit '${name}'; there are: ${Object.keys(UNITS).join(", ")}`);
}

/** `'1h 30m'` in a unit. */
function inUnit(call: Call, unit: string): number {
  const text = pythonText(call.value).trim();
  if (text === "0") return 0;
  const all = text.split(/\s+/).map((part) => {
    const [, count, name] = /^(-?\d+)(\w+)/.exec(part) ?? [];
    if (count === undefined || name === undefined) return call.fail(`cannot read the time '${text}'`);
    return Number(count) * millisecondsOf(call, name);
  });
  const sum = all.reduce((total, each) => total + each, 0) / millisecondsOf(call, unit);
  return Math.round(sum * 1e12) / 1e12;
}

/** Times that people write, such as `1d 2h`, as numbers. */
export const DURATION_FILTERS: Filters = {
  to_time_unit: (call) => inUnit(call, call.text(0, "unit", "ms")),
  to_milliseconds: (call) => inUnit(call, "ms"),
  to_seconds: (call) => inUnit(call, "s"),
  to_minutes: (call) => inUnit(call, "m"),
  to_hours: (call) => inUnit(call, "h"),
  to_days: (call) => inUnit(call, "d"),
  to_weeks: (call) => inUnit(call, "w"),
  to_months: (call) => inUnit(call, "mo"),
  to_years: (call) => inUnit(call, "y"),
};
