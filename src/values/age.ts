const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** For whoever wrote something else. */
export const AGE_FORM = "an age is a number with s, m, h, d or w: 30d";

/** Milliseconds of `30d`, `12h`, `90m`, `2w` or a number of seconds; undefined for what is no age. */
export function parseAge(text: string): number | undefined {
  const [, digits, unit = "s"] = /^(\d+)([smhdw]?)$/i.exec(text.trim()) ?? [];
  const seconds = UNITS[unit.toLowerCase() || "s"];
  return digits === undefined || seconds === undefined ? undefined : Number(digits) * seconds * 1000;
}

/** For whoever wrote something else. */
export const DURATION_FORM =
  "a time is a number of seconds, or a number with s, m, h or d, of 24 days at most: 90m";

/** No timer of Node's goes further. */
const LONGEST_MS = 24 * 86_400_000;

/** Milliseconds of `90m`, `2h` or a number of seconds; undefined for what is no time that can be waited for. */
export function parseDuration(text: string): number | undefined {
  const ms = parseAge(text);
  return ms === undefined || ms > LONGEST_MS ? undefined : ms;
}

/** `3 d`, `5 h`, `2 min`: for people, rounded down. */
export function formatAge(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 2 * 24 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / (24 * 60))} d`;
}
