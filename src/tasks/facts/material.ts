import { parseExports } from "./exports.js";

/** More than any machine says of itself; what stands behind it is not looked at. */
const LONGEST = 4 * 1024 * 1024;

/** What the script of `FACTS_COMMAND` printed, taken apart and not yet understood. */
export interface Material {
  readonly env: Readonly<Record<string, string>>;
  /** Lines of a section, e.g. of what a program printed; none when it is not there. */
  readonly said: (section: string) => readonly string[];
  /** Lines of a file that was read; none when it is missing, unreadable or empty. */
  readonly lines: (path: string) => readonly string[];
  /** The content of a file without white space around it; undefined when that leaves nothing. */
  readonly text: (path: string) => string | undefined;
  /** Whether the script asked for this path, and it is there. */
  readonly exists: (path: string) => boolean;
  /** Files that were read, of which all but an empty file's lines are known. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/**
 * Sections begin with a line `@NAME`. The first is the environment, which may hold such lines itself, but quoted. Each line of
 * the section `files` stands behind its file's path and a colon, as grep writes it.
 */
export function parseMaterial(stdout: string): Material {
  const { env, rest } = parseExports(behind(stdout.slice(0, LONGEST), "@env\n"));
  const sections = splitSections(rest.split("\n"));
  const files = new Map<string, string[]>();
  for (const line of sections.get("files") ?? []) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const path = line.slice(0, colon);
    const known = files.get(path);
    if (known) known.push(line.slice(colon + 1));
    else files.set(path, [line.slice(colon + 1)]);
  }
  const existing = new Set(sections.get("exists"));
  const lines = (path: string) => files.get(path) ?? [];
  return {
    env,
    said: (section) => sections.get(section) ?? [],
    lines,
    text: (path) => lines(path).join("\n").trim() || undefined,
    exists: (path) => existing.has(path),
    files,
  };
}

function behind(text: string, mark: string): string {
  const at = `\n${text}`.indexOf(`\n${mark}`);
  return at < 0 ? text : text.slice(at + mark.length);
}

function splitSections(lines: readonly string[]): ReadonlyMap<string, string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    const name = /^@([a-z0-9]+)$/.exec(line)?.[1];
    if (name === undefined) current.push(line);
    else {
      current = sections.get(name) ?? [];
      sections.set(name, current);
    }
  }
  return sections;
}

/** Facts without those that are not known. */
export function present<T extends object>(facts: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** A number written in digits; undefined for all else, and for one too long to be exact. */
export const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** Lines `KEY: value` or `key : value`, the first of a key. */
export function colonPairs(lines: readonly string[]): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(0, colon)).trim();
    if (colon > 0 && !pairs.has(key)) pairs.set(key, line.slice(colon + 1).trim());
  }
  return pairs;
}

/** Lines `KEY=value` as os-release has them: quotes go, and backslashes inside of double quotes. */
export function shellPairs(lines: readonly string[]): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const line of lines) {
    const [, key, value = ""] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) pairs.set(key, unquoted(value.trim()));
  }
  return pairs;
}

function unquoted(value: string): string {
  const quote = value.charAt(0);
  if (value.length < 2 || (quote !== '"' && quote !== "'") || !value.endsWith(quote)) return value;
  const inner = value.slice(1, -1);
  return quote === "'" ? inner : inner.replace(/\\(["$`\\])/g, "$1");
}
