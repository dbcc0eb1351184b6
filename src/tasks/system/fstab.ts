import { linesOf } from "../text-edit/lines.js";

/** One line of fstab, as the user writes it: nothing is escaped. */
export interface FstabEntry {
  readonly src: string;
  readonly path: string;
  readonly fstype: string;
  readonly opts: string;
  readonly dump: string;
  readonly passno: string;
}

export interface FstabEdited {
  readonly text: string;
  /** The source that the entry had before, when it has another now. */
  readonly formerSrc?: string;
}

/** Sees to an entry of fstab; swap is known by its source, all else by its path. */
export function withEntry(text: string, entry: FstabEntry): FstabEdited {
  const { src, path, fstype, opts, dump, passno } = entry;
  const fields = [src, path, fstype, opts, dump, passno].map(escaped);
  let isThere = false;
  let formerSrc: string | undefined;
  const lines = endedLines(text).map((line) => {
    const present = fieldsOf(line);
    if (!present || !concerns(present, path, src)) return line;
    isThere = true;
    if (present.every((field, index) => field === fields[index])) return line;
    if (present[0] !== fields[0]) formerSrc = present[0];
    return `${fields.join(" ")}\n`;
  });
  const edited = lines.join("") + (isThere ? "" : `${fields.join(" ")}\n`);
  const same = isThere && lines.every((line, index) => line === endedLines(text)[index]);
  return { text: same ? text : edited, ...(formerSrc !== undefined && { formerSrc }) };
}

/** Takes an entry away. @param src tells entries of swap apart */
export const withoutEntry = (text: string, path: string, src: string | undefined): string =>
  linesOf(text)
    .filter((line) => {
      const present = fieldsOf(line);
      return !present || !concerns(present, path, src);
    })
    .join("");

const endedLines = (text: string): string[] =>
  linesOf(text).map((line) => (line.endsWith("\n") ? line : `${line}\n`));

/** The six fields of an entry, the last two of which may be left out; undefined for other lines. */
function fieldsOf(line: string): string[] | undefined {
  const fields = line.replace(/#.*$/s, "").trim().split(/\s+/);
  if (fields.length < 4 || fields.length > 6) return undefined;
  return [...fields, "0", "0"].slice(0, 6);
}

function concerns([device, at, fstype]: readonly string[], path: string, src: string | undefined): boolean {
  if (at !== escaped(path)) return false;
  return src === undefined || at !== "none" || fstype !== "swap" || device === escaped(src);
}

const escaped = (text: string): string =>
  text.replaceAll("\\", "\\134").replaceAll(" ", "\\040").replaceAll("\t", "\\011").replaceAll("&", "\\046");
