import { harmless } from "./harmless.js";

/** Measures what a terminal shows, in columns. */
export interface Ruler {
  /** Colours take none. */
  widthOf(text: string): number;
  /** At most so many columns of a text without colours, the last one an ellipsis where something is missing. */
  cut(text: string, width: number): string;
  /** Exactly so many columns. */
  cell(text: string, width: number): string;
}

const ASCII = /^[\x20-\x7e]*$/;

/** Its package is loaded here, since most commands measure nothing. @param ellipsis one column wide */
export async function loadRuler(ellipsis = "…"): Promise<Ruler> {
  const { default: stringWidth } = await import("string-width");
  const characters = new Intl.Segmenter();
  const measured = remembering(stringWidth);
  const widthOf = (text: string) => (ASCII.test(text) ? text.length : measured(text));
  const cut = (text: string, width: number) => {
    if (width <= 0) return "";
    if (widthOf(text) <= width) return text;
    if (ASCII.test(text)) return text.slice(0, width - 1) + ellipsis;
    let [used, end] = [0, 0];
    for (const { segment, index } of characters.segment(text)) {
      used += widthOf(segment);
      if (used > width - 1) break;
      end = index + segment.length;
    }
    return text.slice(0, end) + ellipsis;
  };
  const cell = (text: string, width: number) => {
    const short = cut(text, width);
    return short + " ".repeat(Math.max(0, width - widthOf(short)));
  };
  return { widthOf, cut, cell };
}

const MOST_REMEMBERED = 2_000;

/** What is drawn is drawn again and again, and emoji are slow to measure. */
function remembering(measure: (text: string) => number): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const width = measure(text);
    known.set(text, width);
    return width;
  };
}

/** Joiners, variation selectors and skin tones: terminals do not agree how wide what they join is. */
const JOINERS = /[\u200b-\u200d\u2060\ufeff]|[\ufe00-\ufe0f]|[\u{1f3fb}-\u{1f3ff}]|[\u{e0000}-\u{e01ef}]/gu;
/** Far more than any terminal shows: measuring a megabyte for its first columns would take long. */
const LONGEST = 2_000;

/** A foreign text as one line, of which every character is as wide on every terminal. */
export const plainLine = (text: string): string =>
  ASCII.test(text) && text.length <= LONGEST
    ? text
    : harmless(text.slice(0, LONGEST))
        .replace(/[\n\t]+/g, " ")
        .replace(JOINERS, "");
