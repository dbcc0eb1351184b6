import type { VmView } from "./vm-view.js";

/** The signs that a terminal can show. */
export interface Glyphs {
  readonly marks: Readonly<Record<VmView["state"], string>>;
  readonly full: string;
  readonly empty: string;
  readonly ellipsis: string;
  readonly quote: string;
}

const UNICODE: Glyphs = {
  marks: { waiting: "·", running: "●", passed: "✓", flaky: "~", failed: "✗", broken: "!", interrupted: "-" },
  full: "█",
  empty: "░",
  ellipsis: "…",
  quote: "│",
};

const ASCII: Glyphs = {
  marks: { waiting: ".", running: "*", passed: "+", flaky: "~", failed: "x", broken: "!", interrupted: "-" },
  full: "#",
  empty: "-",
  ellipsis: "~",
  quote: "|",
};

/** By the locale, as every program decides it. */
export function glyphsFor(env: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}
