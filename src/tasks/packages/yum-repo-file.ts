/** Part of a file of repositories. */
interface RepoSection {
  /** Undefined for what stands before the first repository. */
  readonly id: string | undefined;
  /** Comments right above its head: they are about it. */
  readonly above: readonly string[];
  /** Its head and what follows. */
  readonly lines: readonly string[];
}

const HEAD = /^\[(.+)\]/;
const COMMENT = /^\s*[#;]/;

function sectionsOf(text: string): RepoSection[] {
  const sections: { id: string | undefined; above: string[]; lines: string[] }[] = [
    { id: undefined, above: [], lines: [] },
  ];
  for (const line of text === "" ? [] : text.replace(/\n$/, "").split("\n")) {
    const id = HEAD.exec(line)?.[1];
    if (id !== undefined) {
      const before = sections.at(-1)?.lines ?? [];
      const above = before.splice(before.findLastIndex((each) => !COMMENT.test(each)) + 1);
      sections.push({ id, above, lines: [] });
    }
    sections.at(-1)?.lines.push(line);
  }
  return sections;
}

const textOf = (sections: readonly RepoSection[]): string =>
  sections
    .flatMap(({ above, lines }) => [...above, ...lines])
    .map((line) => `${line}\n`)
    .join("");

/** Names are in small letters; a value's further lines are indented. */
function optionsOf({ lines }: RepoSection): Map<string, string> {
  const options = new Map<string, string>();
  let last: string | undefined;
  for (const line of lines.slice(1)) {
    const further = /^\s+(\S.*?)\s*$/.exec(line)?.[1];
    if (COMMENT.test(line) || line.trim() === "") continue;
    if (further !== undefined && last !== undefined) {
      options.set(last, `${options.get(last)}\n${further}`);
      continue;
    }
    const [, name, value = ""] = /^([^=:]+?)\s*(?:[=:]\s*(.*?)\s*)?$/.exec(line) ?? [];
    last = name?.trim().toLowerCase();
    if (last !== undefined) options.set(last, value);
  }
  return options;
}

/** Whether each option of a repository is as wanted, and there is no other. */
function isAs(section: RepoSection, wanted: ReadonlyMap<string, string>): boolean {
  const options = optionsOf(section);
  const plain = (value: string) =>
    value
      .split("\n")
      .map((line) => line.trim())
      .join("\n")
      .trim();
  return (
    options.size === wanted.size && [...wanted].every(([name, value]) => options.get(name) === plain(value))
  );
}

/** The file's text with the repository as wanted; the same where it is so already. Others keep their lines. */
export function withRepository(text: string, id: string, wanted: ReadonlyMap<string, string>): string {
  const sections = sectionsOf(text);
  const at = sections.findIndex((each) => each.id === id);
  const found = sections[at];
  if (found && isAs(found, wanted)) return text;
  const lines = [
    `[${id}]`,
    ...[...wanted].map(([name, value]) => `${name} = ${value.replaceAll("\n", "\n\t")}`.trimEnd()),
    "",
  ];
  if (found) return textOf(sections.with(at, { ...found, lines }));
  const isApart = text === "" || /(?:^|\n)\s*\n$/.test(text);
  return `${textOf(sections)}${isApart ? "" : "\n"}${textOf([{ id, above: [], lines }])}`;
}

/** The file's text without the repository; undefined when none is left in it. */
export function withoutRepository(text: string, id: string): string | undefined {
  const sections = sectionsOf(text);
  const rest = sections.filter((each) => each.id !== id);
  if (rest.length === sections.length) return text;
  return rest.length === 1 ? undefined : textOf(rest);
}
