import type { KnownFacts } from "./fact-types.js";
import type { Material } from "./material.js";

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const DAY_MS = 86_400_000;

/** The machine's own clock and zone, from what `date "+%s %Z %z %N"` printed; not every date knows nanoseconds. */
export function dateTimeFacts(material: Material): Partial<KnownFacts> {
  const found = /^(\d{1,11}) (\S+) ([-+]\d{4})(?: (\d{9}))?/.exec(material.said("date")[0] ?? "");
  if (!found) return {};
  const [, epoch = "", zone = "", offset = "", nanoseconds = ""] = found;
  const utc = new Date(Number(epoch) * 1000);
  const local = new Date(utc.getTime() + offsetSeconds(offset) * 1000);
  const micro = (nanoseconds || "000000").slice(0, 6);
  const [date = "", time = ""] = local.toISOString().slice(0, 19).split("T");
  const basic = `${date.replaceAll("-", "")}T${time.replaceAll(":", "")}`;
  return {
    date_time: {
      ...parts(date, time),
      weekday: WEEKDAYS[local.getUTCDay()] ?? "",
      weekday_number: String(local.getUTCDay()),
      weeknumber: weekNumber(local),
      epoch,
      epoch_int: epoch,
      date,
      time,
      iso8601: `${utc.toISOString().slice(0, 19)}Z`,
      iso8601_micro: `${utc.toISOString().slice(0, 19)}.${micro}Z`,
      iso8601_basic: `${basic}${micro}`,
      iso8601_basic_short: basic,
      tz: zone,
      tz_dst: summerZone(material.said("zone").findLast((line) => line !== "")) ?? zone,
      tz_offset: offset,
    },
  };
}

function parts(date: string, time: string) {
  const [year = "", month = "", day = ""] = date.split("-");
  const [hour = "", minute = "", second = ""] = time.split(":");
  return { year, month, day, hour, minute, second };
}

/** `+0530`, in seconds. */
const offsetSeconds = (offset: string): number =>
  Number(`${offset.slice(0, 1)}1`) * (Number(offset.slice(1, 3)) * 3600 + Number(offset.slice(3, 5)) * 60);

/** Weeks begin on Monday; the days before the first Monday are week 00. */
function weekNumber(day: Date): string {
  const dayOfYear = Math.floor((day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / DAY_MS);
  const sinceMonday = (day.getUTCDay() + 6) % 7;
  return String(Math.floor((dayOfYear + 7 - sinceMonday) / 7)).padStart(2, "0");
}

/** A zone's rule as POSIX writes it, e.g. `CET-1CEST,M3.5.0,M10.5.0/3`, where east of Greenwich is negative. */
const RULE = /^(<[^>]+>|[A-Za-z]+)([-+]?[\d:]+)(<[^>]+>|[A-Za-z]+)?([-+]?[\d:]+)?/;

/** The name of the zone's time that is farther east, e.g. `CEST`, in winter too. Ireland's rule has winter as the exception. */
function summerZone(rule: string | undefined): string | undefined {
  const [, first, offset = "", second, other] = RULE.exec(rule ?? "") ?? [];
  const west = minutesWest(offset);
  const secondWest = other === undefined ? west - 60 : minutesWest(other);
  const name = second !== undefined && secondWest < west ? second : first;
  return name?.replace(/[<>]/g, "");
}

/** `-5:30`, in minutes. */
function minutesWest(offset: string): number {
  const [hours = 0, minutes = 0] = offset.replace(/^[-+]/, "").split(":").map(Number);
  return (hours * 60 + minutes) * (offset.startsWith("-") ? -1 : 1);
}
