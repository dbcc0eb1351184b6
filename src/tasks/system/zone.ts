import { linesOf } from "../text-edit/lines.js";

/** What a machine says of its time zone and clock. */
export interface ZoneFacts {
  readonly isSystemd: boolean;
  /** Where /etc/localtime leads, when it is a link. */
  readonly link: string | undefined;
  /** Whether it is a copy of the zone that is wanted. */
  readonly isCopy: boolean;
  /** Lines of /etc/adjtime; none where it is not there. */
  readonly adjtime: readonly string[];
  /** Texts of files that name the zone, or what the hardware's clock tells, by path. */
  readonly files: ReadonlyMap<string, string>;
}

const ZONE_LINE = /^((?:TIME)?ZONE)\s*=\s*"?([^"\s]+)"?/m;
const CLOCK_LINE = /^(UTC|clock)\s*=\s*"?(\w+)"?/m;

/** The zone by its name; `n/a` where nobody knows. Where files disagree, what is not as wanted. */
export function zoneOf({ isSystemd, link, isCopy, files }: ZoneFacts, wanted: string): string {
  const [, linked] = /\/(?:usr\/share|etc)\/zoneinfo\/(.+)$/.exec(link ?? "") ?? [];
  const local = linked ?? (isCopy ? wanted : "n/a");
  const named = isSystemd ? [] : [...files].flatMap(([path, text]) => zoneInFile(path, text) ?? []);
  return [local, ...named].find((each) => each !== wanted) ?? wanted;
}

const zoneInFile = (path: string, text: string): string | undefined =>
  path === "/etc/timezone" ? text.trim() : ZONE_LINE.exec(text)?.[2];

/** A file that names the zone, with another one; a file without such a line stays. */
export const withZone = (path: string, text: string, zone: string): string =>
  path === "/etc/timezone"
    ? `${zone}\n`
    : text.replace(ZONE_LINE, (_line, key: string) => `${key}="${zone}"`);

export type HardwareClock = "local" | "UTC";

/** What the hardware's clock tells: by a distribution's file, unless that is as wanted, and by /etc/adjtime. */
export function clockOf({ isSystemd, adjtime, files }: ZoneFacts, wanted: HardwareClock): HardwareClock {
  const told = isSystemd ? [] : [...files.values()].flatMap((text) => clockInFile(text) ?? []);
  const other = told.find((each) => each !== wanted);
  if (other) return other;
  if (adjtime.length > 0) return adjtime[2]?.trim() === "LOCAL" ? "local" : "UTC";
  return told[0] ?? "UTC";
}

function clockInFile(text: string): HardwareClock | undefined {
  const [, key, value = ""] = CLOCK_LINE.exec(text) ?? [];
  if (key === undefined) return undefined;
  return (key === "UTC" ? /^(?:no|false|off|0)$/i : /^local/i).test(value) ? "local" : "UTC";
}

/** A file with another clock; one that says nothing of it stays. */
export const withClock = (text: string, clock: HardwareClock): string =>
  linesOf(text)
    .map((line) =>
      line.replace(CLOCK_LINE, (_line, key: string) => {
        if (key === "clock") return `clock="${clock}"`;
        return `UTC=${clock === "UTC" ? "yes" : "no"}`;
      }),
    )
    .join("");
