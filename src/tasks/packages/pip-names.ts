import { pythonVersionMatches } from "./python-version.js";

/** A package as the user names it. */
export interface PipName {
  /** As pip gets it. */
  readonly written: string;
  /** Nothing for a path, an address or a repository. */
  readonly name: string | undefined;
  /** `>=1.2,<2`, or nothing. */
  readonly specifier: string;
}

/** Names whose versions or extras a comma has torn apart are put together again, as Ansible does. */
export function wholeNames(names: readonly string[]): string[] {
  const whole: string[] = [];
  let open = false;
  for (const part of names.flatMap((name) => name.split(","))) {
    const before = whole.at(-1);
    if (before !== undefined && (open || /^\s*[<>=!~]/.test(part)))
      whole[whole.length - 1] = `${before},${part}`;
    else whole.push(part.trim());
    if (part.includes("[")) open = true;
    if (part.includes("]")) open = false;
  }
  return whole.filter((name) => name !== "");
}

const canonical = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

export function pipName(written: string): PipName {
  const [, wheel, version] =
    /([^/\\-]+)-([^/\\-]+)(?:-\d[^/\\-]*)?(?:-[^/\\-]+){3}\.whl$/.exec(written) ?? [];
  if (wheel !== undefined && version !== undefined)
    return { written, name: canonical(wheel), specifier: `==${version}` };
  const [, name, specifier = ""] =
    /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*((?:[<>=!~]=?=?[^;@]*)?)(?:;.*)?$/.exec(
      written,
    ) ?? [];
  return { written, name: name === undefined ? undefined : canonical(name), specifier: specifier.trim() };
}

/** Versions by canonical names, of a list of `name==version`. */
export const parsePipList = (stdout: string): ReadonlyMap<string, string> =>
  new Map(
    stdout.split("\n").flatMap((line) => {
      const [, name, version] = /^([\w.-]+)===?(\S+)$/.exec(line.trim()) ?? [];
      return name === undefined || version === undefined ? [] : [[canonical(name), version] as const];
    }),
  );

/** Whether a package is there in a version that will do; undefined where only pip can tell. */
export function isThere(
  { name, specifier }: PipName,
  list: ReadonlyMap<string, string>,
): boolean | undefined {
  if (name === undefined) return undefined;
  const version = list.get(name);
  return version === undefined ? false : pythonVersionMatches(version, specifier);
}
