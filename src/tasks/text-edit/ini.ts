import { assignment, optionPattern, settleOption, withoutOption } from "./ini-option.js";
import type { IniLines, IniWanted, OptionValues } from "./ini-wanted.js";
import { linesOf } from "./lines.js";

/** Edits an option of a section, or the section itself. Line ends of Windows are kept, a mark of the byte order is not. */
export function editIni(text: string, wanted: IniWanted): { readonly text: string; readonly msg: string } {
  const unix = text.replaceAll("\r\n", "\n").replace(/^\uFEFF/, "");
  const isComplete = unix === "" || unix.endsWith("\n");
  const lines = linesOf(isComplete ? unix : `${unix}\n`);
  const { msg, lines: after } = editLines(lines.length > 0 ? lines : ["\n"], wanted);
  // As Ansible: a last line that has no end gets one, even when nothing else changes.
  if (msg === "OK" && isComplete) return { text, msg };
  return { text: text.includes("\r\n") ? after.join("").replaceAll("\n", "\r\n") : after.join(""), msg };
}

function editLines(lines: readonly string[], wanted: IniWanted): IniLines {
  const found = findSection(lines, wanted);
  if (!found) return wanted.state === "absent" ? { lines, msg: "OK" } : withSection(lines, wanted);
  const [from, to] = found;
  const edited = editSection(lines.slice(from, to), wanted);
  return { lines: lines.toSpliced(from, to - from, ...edited.lines), msg: edited.msg };
}

/** Where the section begins, with its head, and where it ends. */
function findSection(lines: readonly string[], wanted: IniWanted): readonly [number, number] | undefined {
  const endOf = (from: number) => {
    const next = lines.findIndex((line, index) => index >= from && line.startsWith("["));
    return next < 0 ? lines.length : next;
  };
  if (!wanted.section) return [0, endOf(0)];
  for (const [at, line] of lines.entries()) {
    if (!isHeadOf(line, wanted.section.trim())) continue;
    const to = endOf(at + 1);
    if (hasAll(lines.slice(at, to), wanted.having)) return [at, to];
  }
  return undefined;
}

function isHeadOf(line: string, name: string): boolean {
  const inside = line.slice(1).trimStart();
  return line.startsWith("[") && inside.startsWith(name) && /^\s*\]/.test(inside.slice(name.length));
}

const hasAll = (section: readonly string[], having: readonly OptionValues[]): boolean =>
  having.every(({ option, values }) => {
    const pattern = optionPattern(option, true);
    const found = section.flatMap((line) => pattern.exec(line)?.groups?.["value"] ?? []);
    return found.some((value) => values.length === 0 || values.includes(value));
  });

function editSection(section: readonly string[], wanted: IniWanted): IniLines {
  const { option, state } = wanted;
  if (option !== undefined && state === "present") return settleOption(section, option, wanted);
  if (option !== undefined) return withoutOption(section, option, wanted);
  if (state === "present" || section.length === 0) return { lines: section, msg: "OK" };
  return { lines: [], msg: "section removed" };
}

/** A new section at the end, with all that it must have. */
function withSection(lines: readonly string[], wanted: IniWanted): IniLines {
  const { section, having, option, exclusive, allowNoValue } = wanted;
  const others = having.filter((each) => each.option !== option);
  const same = exclusive
    ? []
    : having.filter((each) => each.option === option).flatMap(({ values }) => values);
  const settings = [
    ...others.flatMap((each) => assignments(each.option, each.values, wanted)),
    ...(option === undefined ? [] : assignments(option, [...new Set([...wanted.values, ...same])], wanted)),
  ];
  const isSet = option !== undefined && (wanted.values.length > 0 || same.length > 0 || allowNoValue);
  const added = [`[${section}]\n`, ...settings];
  return { lines: [...lines, ...added], msg: isSet ? "section and option added" : "only section added" };
}

function assignments(option: string, values: readonly string[], wanted: IniWanted): string[] {
  if (values.length === 0) return wanted.allowNoValue ? [`${option}\n`] : [];
  return values.map((value) => assignment(option, value, wanted));
}
