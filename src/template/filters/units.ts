import { pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";

const UNITS = ["", "K", "M", "G", "T", "P", "E", "Z", "Y"];

function humanReadable(call: Call): string {
  const size = Number(call.value);
  const bits = truthy(call.arg(0, "isbits", false));
  const unit = call.text(1, "unit").slice(0, 1).toUpperCase().replace("B", "");
  const wanted =
    call.arg(1, "unit") === null
      ? UNITS.findLastIndex((_, power) => size >= 1024 ** power)
      : UNITS.indexOf(unit);
  const power = Math.max(wanted, 0);
  const suffix = power === 0 ? (bits ? "bits" : "Bytes") : `${UNITS[power]}${bits ? "b" : "B"}`;
  return `${(size / 1024 ** power).toFixed(2)} ${suffix}`;
}

function humanToBytes(call: Call): number {
  const text = pythonText(call.value);
  const [, number, given = ""] = /^\s*(\d*\.?\d+)\s*([A-Za-z]*)\s*$/.exec(text) ?? [];
  const unit = given === "" ? call.text(0, "default_unit") : given;
  const power = UNITS.indexOf(unit.slice(0, 1).toUpperCase().replace("B", ""));
  if (number === undefined || power < 0) return call.fail(`cannot read the size '${text}'`);
  return Math.round(Number(number) * 1024 ** power);
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);

/** The parts of C's strftime that people use; times are in UTC. */
export function formatTime(format: string, date: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const dayOfYear = Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  const parts: Record<string, () => string> = {
    Y: () => String(date.getUTCFullYear()),
    y: () => two(date.getUTCFullYear() % 100),
    m: () => two(date.getUTCMonth() + 1),
    d: () => two(date.getUTCDate()),
    H: () => two(date.getUTCHours()),
    I: () => two(date.getUTCHours() % 12 || 12),
    p: () => (date.getUTCHours() < 12 ? "AM" : "PM"),
    M: () => two(date.getUTCMinutes()),
    S: () => two(date.getUTCSeconds()),
    f: () => `${String(date.getUTCMilliseconds()).padStart(3, "0")}000`,
    j: () => String(dayOfYear).padStart(3, "0"),
    w: () => String(date.getUTCDay()),
    A: () => DAYS[date.getUTCDay()] ?? "",
    a: () => (DAYS[date.getUTCDay()] ?? "").slice(0, 3),
    B: () => MONTHS[date.getUTCMonth()] ?? "",
    b: () => (MONTHS[date.getUTCMonth()] ?? "").slice(0, 3),
    s: () => String(Math.floor(date.getTime() / 1000)),
    F: () => date.toISOString().slice(0, 10),
    T: () => date.toISOString().slice(11, 19),
    z: () => "+0000",
    Z: () => "UTC",
    "%": () => "%",
  };
  return format.replace(/%(.)/g, (whole, part: string) => parts[part]?.() ?? whole);
}

function strftime(call: Call): string {
  const seconds = call.arg(0, "second");
  return formatTime(pythonText(call.value), seconds === null ? new Date() : new Date(Number(seconds) * 1000));
}

/** A time as text that sorts and compares; only the default format and ISO 8601 are read. */
function toDatetime(call: Call): string {
  const text = pythonText(call.value).trim();
  const date = new Date(`${text.replace(" ", "T").replace(/Z$/, "")}Z`);
  if (Number.isNaN(date.getTime())) return call.fail(`cannot read the time '${text}'`);
  return date.toISOString().slice(0, 19).replace("T", " ");
}

export const UNIT_FILTERS: Filters = {
  human_readable: humanReadable,
  human_to_bytes: humanToBytes,
  strftime,
  to_datetime: toDatetime,
};
