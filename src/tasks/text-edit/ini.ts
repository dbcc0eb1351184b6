/** What `ini_file` is asked for. */
export interface IniWanted {
  readonly section: string | undefined;
  readonly option: string | undefined;
  readonly value: string | undefined;
  readonly state: "present" | "absent";
  readonly noExtraSpaces: boolean;
}

export interface IniEdited {
  readonly lines: readonly string[];
  readonly msg: string;
}

const SECTION = /^\s*\[(.*)\]\s*$/;

/** Edits an option of a section, or the section itself. */
export function editIni(lines: readonly string[], wanted: IniWanted): IniEdited {
  const { from, to } = bounds(lines, wanted.section);
  if (from < 0) {
    if (wanted.state === "absent") return { lines, msg: "OK" };
    const added = [`[${wanted.section}]`, ...(wanted.option === undefined ? [] : [assignment(wanted)])];
    return { lines: [...lines, ...added], msg: "section and option added" };
  }
  if (wanted.option === undefined) return wholeSection(lines, wanted, from, to);
  const at = optionAt(lines, wanted.option, from, to);
  if (wanted.state === "absent")
    return at < 0 ? { lines, msg: "OK" } : { lines: lines.toSpliced(at, 1), msg: "option changed" };
  if (at < 0)
    return { lines: lines.toSpliced(endOf(lines, from, to), 0, assignment(wanted)), msg: "option added" };
  if (sameValue(lines[at] ?? "", wanted)) return { lines, msg: "OK" };
  return { lines: lines.with(at, assignment(wanted)), msg: "option changed" };
}

/** Lines of a section without its head; of none, those before the first head. */
function bounds(lines: readonly string[], section: string | undefined): { from: number; to: number } {
  const isHead = (line: string) => SECTION.test(line);
  const head = section === undefined ? -1 : lines.findIndex((line) => SECTION.exec(line)?.[1] === section);
  if (section !== undefined && head < 0) return { from: -1, to: -1 };
  const next = lines.findIndex((line, index) => index > head && isHead(line));
  return { from: head + 1, to: next < 0 ? lines.length : next };
}

function wholeSection(
  lines: readonly string[],
  { state, section }: IniWanted,
  from: number,
  to: number,
): IniEdited {
  if (state === "present") return { lines, msg: "OK" };
  const head = section === undefined ? from : from - 1;
  return { lines: lines.toSpliced(head, to - head), msg: "section removed" };
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function optionAt(lines: readonly string[], option: string, from: number, to: number): number {
  const pattern = new RegExp(`^\\s*${quoted(option)}\\s*(=|$)`);
  return lines.findIndex((line, index) => index >= from && index < to && pattern.test(line));
}

/** Behind the last line that is not empty. */
function endOf(lines: readonly string[], from: number, to: number): number {
  let at = to;
  while (at > from && (lines[at - 1] ?? "").trim() === "") at -= 1;
  return at;
}

const assignment = ({ option = "", value, noExtraSpaces }: IniWanted): string => {
  if (value === undefined) return option;
  return noExtraSpaces ? `${option}=${value}` : `${option} = ${value}`;
};

function sameValue(line: string, wanted: IniWanted): boolean {
  const equals = line.indexOf("=");
  const value = equals < 0 ? undefined : line.slice(equals + 1).trim();
  return value === wanted.value?.trim();
}
