const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const MONTHS =
  "January February March April May June July August September October November December".split(" ");

/** A time by the clock on the wall, held as if it were UTC, and where that clock hangs. */
export interface WallTime {
  readonly date: Date;
  readonly microsecond: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
  readonly zone: string;
}

const two = (number: number) => String(number).padStart(2, "0");
const twoSpaced = (number: number) => String(number).padStart(2);

const COMPOUND: Readonly<Record<string, string>> = {
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  D: "%m/%d/%y",
  R: "%H:%M",
  r: "%I:%M:%S %p",
  c: "%a %b %e %H:%M:%S %Y",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

const PARTS: Readonly<Record<string, (time: WallTime) => string>> = {
  Y: ({ date }) => String(date.getUTCFullYear()),
  C: ({ date }) => two(Math.floor(date.getUTCFullYear() / 100)),
  y: ({ date }) => two(date.getUTCFullYear() % 100),
  m: ({ date }) => two(date.getUTCMonth() + 1),
  d: ({ date }) => two(date.getUTCDate()),
  e: ({ date }) => twoSpaced(date.getUTCDate()),
  H: ({ date }) => two(date.getUTCHours()),
  k: ({ date }) => twoSpaced(date.getUTCHours()),
  I: ({ date }) => two(date.getUTCHours() % 12 || 12),
  l: ({ date }) => twoSpaced(date.getUTCHours() % 12 || 12),
  p: ({ date }) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  M: ({ date }) => two(date.getUTCMinutes()),
  S: ({ date }) => two(date.getUTCSeconds()),
  f: ({ microsecond }) => String(microsecond).padStart(6, "0"),
  j: ({ date }) => String(dayOfYear(date) + 1).padStart(3, "0"),
  w: ({ date }) => String(date.getUTCDay()),
  u: ({ date }) => String(date.getUTCDay() || 7),
  U: ({ date }) => two(Math.floor((dayOfYear(date) + 7 - date.getUTCDay()) / 7)),
  W: ({ date }) => two(Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() + 6) % 7)) / 7)),
  V: ({ date }) => two(isoWeek(date).week),
  G: ({ date }) => String(isoWeek(date).year),
  A: ({ date }) => DAYS[date.getUTCDay()] ?? "",
  a: ({ date }) => (DAYS[date.getUTCDay()] ?? "").slice(0, 3),
  B: ({ date }) => MONTHS[date.getUTCMonth()] ?? "",
  b: ({ date }) => (MONTHS[date.getUTCMonth()] ?? "").slice(0, 3),
  h: ({ date }) => (MONTHS[date.getUTCMonth()] ?? "").slice(0, 3),
  s: ({ date, offset }) => String(Math.floor(date.getTime() / 1000) - offset * 60),
  z: ({ offset }) => {
    const minutes = Math.abs(offset);
    return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
  },
  Z: ({ zone }) => zone,
  n: () => "\n",
  t: () => "\t",
  "%": () => "%",
};

/** C's strftime in the C locale. */
export const formatTime = (format: string, time: WallTime): string =>
  format.replace(/%(.)/g, (whole, part: string) => {
    if (Object.hasOwn(COMPOUND, part)) return formatTime(COMPOUND[part] ?? "", time);
    return Object.hasOwn(PARTS, part) ? (PARTS[part]?.(time) ?? whole) : whole;
  });

const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);

/** The week and year of ISO 8601: those of the week's Thursday. */
function isoWeek(date: Date): { week: number; year: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * 86_400_000);
  return { week: Math.floor(dayOfYear(thursday) / 7) + 1, year: thursday.getUTCFullYear() };
}

/** The wall time of a moment, here or in UTC. @param seconds since 1970, UTC */
export function wallTime(seconds: number, utc: boolean): WallTime {
  const moment = new Date(Math.floor(seconds) * 1000);
  const offset = utc ? 0 : -moment.getTimezoneOffset();
  const microsecond = Math.round((seconds - Math.floor(seconds)) * 1_000_000);
  return {
    date: new Date(moment.getTime() + offset * 60_000),
    microsecond,
    offset,
    zone: utc ? "UTC" : zoneName(moment),
  };
}

/** The zone's short name. Each English knows the names of its own part of the world. */
function zoneName(moment: Date): string {
  const names = ["en-US", "en-GB", "en-AU"].map((locale) => {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(moment);
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  });
  return names.find((name) => !/^GMT./.test(name)) ?? names[0] ?? "";
}
