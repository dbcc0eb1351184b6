import { MONTHS } from "./time-format.js";

type Part = "Y" | "y" | "m" | "d" | "H" | "I" | "M" | "S" | "f" | "j" | "p" | "b" | "z";

const NAMES = MONTHS.map((month) => `${month}|${month.slice(0, 3)}`).join("|");
const PATTERNS: Readonly<Record<string, string>> = {
  Y: "(?<Y>\\d{4})",
  y: "(?<y>\\d{2})",
  m: "(?<m>1[0-2]|0?[1-9])",
  d: "(?<d>3[01]|[12]\\d|0?[1-9])",
  H: "(?<H>2[0-3]|[01]?\\d)",
  I: "(?<I>1[0-2]|0?[1-9])",
  M: "(?<M>[0-5]?\\d)",
  S: "(?<S>6[01]|[0-5]?\\d)",
  f: "(?<f>\\d{1,6})",
  j: "(?<j>\\d{1,3})",
  p: "(?<p>am|pm)",
  b: `(?<b>${NAMES})`,
  B: `(?<b>${NAMES})`,
  z: "(?<z>Z|[-+]\\d{2}:?\\d{2})",
  a: "[a-z]{3}",
  A: "[a-z]+",
  Z: "[a-z]*",
  "%": "%",
};

/** Python's strptime for the parts that people use. @returns microseconds since 1970 by the clock on the wall; undefined when the text has another form */
export function parseTime(text: string, format: string): number | undefined {
  const source = format
    .replace(/[\^$\\.*+?()[\]{}|]/g, "\\$&")
    .replace(/\s+/g, "\\s+")
    .replace(/%(.)/g, (_, part: string) => PATTERNS[part] ?? "(?!)");
  const found = new RegExp(`^${source}$`, "i").exec(text)?.groups as
    | Partial<Record<Part, string>>
    | undefined;
  if (found === undefined && !new RegExp(`^${source}$`, "i").test(text)) return undefined;
  return microsOf(found ?? {});
}

function microsOf(found: Partial<Record<Part, string>>): number | undefined {
  const [year, month, day] = [yearOf(found), monthOf(found), Number(found.d ?? 1)];
  const midnight = found.j === undefined ? Date.UTC(year, month, day) : Date.UTC(year, 0, Number(found.j));
  if (found.j === undefined && new Date(midnight).getUTCDate() !== day) return undefined;
  const seconds = hourOf(found) * 3600 + Number(found.M ?? 0) * 60 + Number(found.S ?? 0);
  return midnight * 1000 + seconds * 1_000_000 + Number((found.f ?? "0").padEnd(6, "0"));
}

function yearOf(found: Partial<Record<Part, string>>): number {
  if (found.y === undefined) return Number(found.Y ?? 1900);
  return Number(found.y) + (Number(found.y) < 69 ? 2000 : 1900);
}

function monthOf(found: Partial<Record<Part, string>>): number {
  const name = found.b?.slice(0, 3).toLowerCase();
  if (name === undefined) return Number(found.m ?? 1) - 1;
  return MONTHS.findIndex((month) => month.toLowerCase().startsWith(name));
}

function hourOf(found: Partial<Record<Part, string>>): number {
  if (found.I === undefined) return Number(found.H ?? 0);
  return (Number(found.I) % 12) + (found.p?.toLowerCase() === "pm" ? 12 : 0);
}
