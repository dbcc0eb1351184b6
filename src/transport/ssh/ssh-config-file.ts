import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import SSHConfig, { type Line } from "ssh-config";
import { ConfigError } from "../../errors.js";
import { matchesPattern } from "./known-hosts.js";

/** One directive of ssh_config(5), with the Host and Match lines that it stands under. */
export interface SshDirective {
  readonly file: string;
  /** In lower case. */
  readonly keyword: string;
  readonly values: readonly string[];
  readonly conditions: readonly SshCondition[];
}

export type SshCondition =
  | { readonly kind: "host"; readonly patterns: readonly string[] }
  /** Criterion in lower case -> its argument. */
  | { readonly kind: "match"; readonly criteria: Readonly<Record<string, string>> };

const DEEPEST_INCLUDE = 16;

/** All directives of ~/.ssh/config and /etc/ssh/ssh_config, in the order in which ssh reads them; missing files are empty. */
export const readSshConfig = (home: string, system = "/etc/ssh"): SshDirective[] => [
  ...readFile(join(home, ".ssh", "config"), { base: join(home, ".ssh"), home }, [], 0),
  ...readFile(join(system, "ssh_config"), { base: system, home }, [], 0),
];

interface Place {
  /** Where relative Include paths start. */
  readonly base: string;
  readonly home: string;
}

function readFile(
  file: string,
  place: Place,
  conditions: readonly SshCondition[],
  depth: number,
): SshDirective[] {
  if (depth > DEEPEST_INCLUDE) throw new ConfigError(`${file}: too many levels of Include`);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new ConfigError(`${file}: cannot be read: ${code}`, { cause: error });
  }
  return flatten(parse(text, file), file, place, conditions, depth);
}

function parse(text: string, file: string): readonly Line[] {
  try {
    return SSHConfig.parse(text);
  } catch (cause) {
    // The parser gives no position.
    throw new ConfigError(`${file}: not an ssh_config: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

function flatten(
  lines: readonly Line[],
  file: string,
  place: Place,
  conditions: readonly SshCondition[],
  depth: number,
): SshDirective[] {
  return lines.flatMap((line) => {
    if (!("param" in line) || line.param === "") return [];
    if ("config" in line) return flatten(line.config, file, place, [...conditions, condition(line)], depth);
    const keyword = line.param.toLowerCase();
    const values = wordsOf(line.value);
    if (keyword !== "include") return [{ file, keyword, values, conditions }];
    return values
      .flatMap((pattern) => filesOf(pattern, place))
      .flatMap((included) => readFile(included, place, conditions, depth + 1));
  });
}

function condition(line: Line & { param: string; value: string | { val: string }[] }): SshCondition {
  if (!("criteria" in line))
    return { kind: "host", patterns: wordsOf(line.value).flatMap((each) => each.split(/\s+/)) };
  const criteria = Object.entries(line.criteria).map(([name, value]) => [
    name.toLowerCase(),
    wordsOf(value).join(","),
  ]);
  return { kind: "match", criteria: Object.fromEntries(criteria) };
}

const wordsOf = (value: string | readonly { readonly val: string }[]): string[] =>
  typeof value === "string" ? [value] : value.map(({ val }) => val);

/** The files that an Include names, wildcards expanded in the order of their names. */
function filesOf(pattern: string, { base, home }: Place): string[] {
  const path = pattern.startsWith("~/") ? join(home, pattern.slice(2)) : pattern;
  const absolute = path.startsWith("/") ? path : join(base, path);
  return absolute
    .split(sep)
    .slice(1)
    .reduce<string[]>((found, part) => found.flatMap((parent) => entries(parent, part)), ["/"]);
}

function entries(parent: string, part: string): string[] {
  if (!/[*?]/.test(part)) return [join(parent, part)];
  try {
    const names = readdirSync(parent).filter((name) => !name.startsWith(".") && matchesPattern(part, name));
    return names.sort().map((name) => join(parent, name));
  } catch {
    return []; // As ssh: a directory that is not there has no files.
  }
}
