import { linesOf } from "../text-edit/lines.js";

/** Locales that could be made, with their character sets, as in SUPPORTED. */
export type Supported = ReadonlyMap<string, string>;

/** Lines as `de_DE.UTF-8 UTF-8`. */
export const parseSupported = (lines: readonly string[]): Supported =>
  new Map(
    lines.flatMap((line) => {
      const [, locale, charset] = /^\s*([^#\s]\S*) (\S+)\s*$/.exec(line) ?? [];
      return locale === undefined || charset === undefined ? [] : [[locale, charset] as const];
    }),
  );

/** A locale as `locale -a` may write it: `de_DE.utf8` is `de_DE.UTF-8`. */
export const plainLocale = (name: string): string =>
  name.replace(/\.[^@]*/, (charset) => charset.toLowerCase().replace(/[-_]/g, ""));

/** locale.gen with these locales, or without. */
export function withLocales(
  text: string,
  names: readonly string[],
  isWanted: boolean,
  supported: Supported,
): string {
  const there = new Set<string>();
  const lines = linesOf(text).map((line) => {
    const [, name = "", charset] = /^\s*#?\s*(\S+)[ \t]+(\S.*?)\s*$/.exec(line) ?? [];
    if (!names.includes(name)) return line;
    there.add(name);
    return `${isWanted ? "" : "# "}${name} ${charset}\n`;
  });
  const missing = isWanted ? names.filter((name) => !there.has(name)) : [];
  const added = missing.map((name) => `${name} ${supported.get(name) ?? charsetOf(name)}\n`);
  const before = lines.join("");
  return before + (added.length > 0 && before !== "" && !before.endsWith("\n") ? "\n" : "") + added.join("");
}

const charsetOf = (name: string): string => /\.([^@]*)/.exec(name)?.[1] ?? "ISO-8859-1";
