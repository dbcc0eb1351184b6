import type { IniLines, IniWanted } from "./ini-wanted.js";

/** A line that sets an option: groups comment, sep (empty when it has no value) and value. @param inactive comments too */
export const optionPattern = (option: string, inactive: boolean): RegExp =>
  new RegExp(
    `^[ \\t]*(?<comment>${inactive ? "[#;]?" : ""})[ \\t]*${literal(option)}[ \\t]*(?<sep>=|(?=\\n?$))[ \\t]*(?<value>[^\\n]*)`,
  );

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** The line that gives an option a value. */
export const assignment = (option: string, value: string, { noExtraSpaces }: IniWanted): string =>
  `${option}${noExtraSpaces ? "=" : " = "}${value}\n`;

/** A line, and whether it is as it shall be. */
interface Line {
  text: string;
  settled: boolean;
}

/** Gives an option its values: lines that have one of them first, then other lines of it, then new ones at the section's end. */
export function settleOption(section: readonly string[], option: string, wanted: IniWanted): IniLines {
  const edit = new OptionEdit(section, option, wanted);
  edit.keepValues();
  if (wanted.exclusive && !wanted.allowNoValue) {
    edit.reuseLines();
    edit.dropOthers();
  }
  edit.addRest();
  return { lines: edit.lines.map(({ text }) => text), msg: edit.msg };
}

class OptionEdit {
  lines: Line[];
  msg = "OK";
  readonly #rest: string[];
  readonly #pattern: RegExp;
  #standsAlone = false;

  constructor(
    section: readonly string[],
    private readonly option: string,
    private readonly wanted: IniWanted,
  ) {
    this.lines = section.map((text) => ({ text, settled: false }));
    this.#rest = [...new Set(wanted.values)];
    this.#pattern = optionPattern(option, wanted.modifyInactive);
  }

  /** Lines that have a value that is wanted; without values, the first of the option. */
  keepValues(): void {
    const { allowNoValue } = this.wanted;
    for (const line of this.lines) {
      const value = this.#match(line)?.["value"];
      if (value === undefined) continue;
      if (this.#rest.length === 0 && allowNoValue) {
        this.#standsAlone = true;
        this.#settle(line, `${this.option}\n`);
        return;
      }
      const at = this.#rest.indexOf(value);
      if (at < 0) continue;
      this.#rest.splice(at, 1);
      const alone = value === "" && allowNoValue;
      this.#standsAlone ||= alone;
      this.#settle(line, alone ? `${this.option}\n` : assignment(this.option, value, this.wanted));
    }
  }

  /** Other lines of the option get the values that are left. */
  reuseLines(): void {
    for (const line of this.lines.filter((each) => this.#isOther(each))) {
      const value = this.#rest.shift();
      if (value === undefined) return;
      this.#settle(line, assignment(this.option, value, this.wanted));
    }
  }

  dropOthers(): void {
    const left = this.lines.filter((line) => !this.#isOther(line));
    if (left.length < this.lines.length) this.msg = "option changed";
    this.lines = left;
  }

  /** What is left goes behind the last line that is neither blank nor a comment. */
  addRest(): void {
    const at = this.lines.findLastIndex(({ text }) => !/^[ \t]*(?:[#;].*)?\n?$/.test(text)) + 1;
    const alone = this.#rest.length === 0 && this.wanted.allowNoValue && !this.#standsAlone;
    if (alone && this.wanted.values.length > 0) return;
    const texts = alone
      ? [`${this.option}\n`]
      : this.#rest.map((value) => assignment(this.option, value, this.wanted));
    if (texts.length === 0) return;
    this.lines.splice(at, 0, ...texts.map((text) => ({ text, settled: true })));
    this.msg = "option added";
  }

  /** A line of the option that is not settled; a comment that only names it is none. */
  #isOther(line: Line): boolean {
    const match = line.settled ? undefined : this.#match(line);
    return match !== undefined && !(match["comment"] && !match["sep"]);
  }

  #settle(line: Line, text: string): void {
    line.settled = true;
    if (this.#isSame(line.text, text)) return;
    line.text = text;
    this.msg = "option changed";
  }

  #isSame(before: string, after: string): boolean {
    const pattern = optionPattern(this.option, true);
    const old = pattern.exec(before)?.groups;
    if (!this.wanted.ignoreSpaces || old?.["comment"]) return before === after;
    return old?.["value"] === pattern.exec(after)?.groups?.["value"];
  }

  #match(line: Line): Record<string, string> | undefined {
    return this.#pattern.exec(line.text)?.groups;
  }
}

/** Takes away an option; unless `exclusive`, only lines that give it one of the values. */
export function withoutOption(section: readonly string[], option: string, wanted: IniWanted): IniLines {
  const pattern = optionPattern(option, false);
  const left = section.filter((line) => {
    const value = pattern.exec(line)?.groups?.["value"];
    return value === undefined || (!wanted.exclusive && !wanted.values.includes(value));
  });
  return { lines: left, msg: left.length < section.length ? "option changed" : "OK" };
}
