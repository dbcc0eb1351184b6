/** What `lineinfile` is asked for; patterns are compiled already. */
export interface LineWanted {
  readonly state: "present" | "absent";
  readonly line?: string | undefined;
  readonly regexp?: RegExp | undefined;
  readonly searchString?: string | undefined;
  /** Where a new line goes: EOF, BOF, or a pattern. */
  readonly insertAfter?: RegExp | "EOF" | undefined;
  readonly insertBefore?: RegExp | "BOF" | undefined;
  readonly backrefs: boolean;
  readonly firstMatch: boolean;
}

export interface LinesEdited {
  readonly lines: readonly string[];
  /** Ansible's message; empty when nothing changed. */
  readonly msg: string;
  /** Lines taken away. */
  readonly found: number;
}

const matches = (
  { regexp, searchString, line }: LineWanted,
  text: string,
): RegExpExecArray | boolean | null => {
  if (regexp) return regexp.exec(text);
  if (searchString !== undefined) return text.includes(searchString);
  return text === line;
};

/** Edits lines, without their ends, as Ansible's lineinfile does. */
export function editLines(lines: readonly string[], wanted: LineWanted): LinesEdited {
  return wanted.state === "absent" ? without(lines, wanted) : withLine(lines, wanted);
}

function without(lines: readonly string[], wanted: LineWanted): LinesEdited {
  const left = lines.filter((each) => !matches(wanted, each));
  const found = lines.length - left.length;
  return { lines: left, found, msg: found > 0 ? `${found} line(s) removed` : "" };
}

function withLine(lines: readonly string[], wanted: LineWanted): LinesEdited {
  const { line = "", backrefs } = wanted;
  const at = lines.findLastIndex((each) => Boolean(matches(wanted, each)));
  if (at >= 0) {
    const match = wanted.regexp?.exec(lines[at] ?? "");
    const text = backrefs && match ? expand(line, match) : line;
    if (lines[at] === text) return { lines, found: 0, msg: "" };
    return { lines: lines.with(at, text), found: 0, msg: "line replaced" };
  }
  if (backrefs || lines.includes(line)) return { lines, found: 0, msg: "" };
  return { lines: lines.toSpliced(placeOf(lines, wanted), 0, line), found: 0, msg: "line added" };
}

function placeOf(lines: readonly string[], { insertAfter, insertBefore, firstMatch }: LineWanted): number {
  if (insertBefore === "BOF") return 0;
  const pattern = insertBefore ?? (insertAfter === "EOF" ? undefined : insertAfter);
  if (!pattern) return lines.length;
  const test = (each: string) => pattern.test(each);
  const at = firstMatch ? lines.findIndex(test) : lines.findLastIndex(test);
  if (at < 0) return lines.length;
  return insertBefore ? at : at + 1;
}

/** Python's `\1` and `\g<name>`. */
const expand = (template: string, match: RegExpExecArray): string =>
  template.replace(
    /\\(?:g<(\w+)>|(\d+)|([nt\\]))/g,
    (_all, name: string, digits: string, special: string) => {
      if (special !== undefined) return { n: "\n", t: "\t" }[special] ?? special;
      const key = name ?? digits;
      return (/^\d+$/.test(key) ? match[Number(key)] : match.groups?.[key]) ?? "";
    },
  );
