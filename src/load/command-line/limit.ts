import { ConfigError } from "../../errors.js";
import { globPattern } from "../../glob.js";
import { didYouMean } from "../../values/nearest.js";

/** What a pattern can match: a VM's name, and its groups, to which its platform and target belong. */
interface Limited {
  readonly name: string;
  readonly groups: readonly string[];
}

/**
 * The VMs that a host pattern of Ansible's leaves, in their order: names and groups, globs, `~regex`, `a,b` or `a:b` for either,
 * `!a` without, `&a` only with, `group[0]` and `group[0:2]`.
 * @throws ConfigError for a part that matches nothing, and when nothing is left
 */
export function limitVms<T extends Limited>(vms: readonly T[], pattern: string): T[] {
  const exact = vms.filter(({ name }) => name === pattern);
  if (exact.length > 0) return exact;
  const terms = termsOf(pattern);
  const matched = (sign: string) =>
    terms.filter((term) => term.sign === sign).map(({ text }) => new Set(matching(vms, text)));
  const wanted = matched("");
  const only = matched("&");
  const without = matched("!");
  const left = vms.filter(
    (vm) =>
      (wanted.length === 0 || wanted.some((set) => set.has(vm))) &&
      only.every((set) => set.has(vm)) &&
      !without.some((set) => set.has(vm)),
  );
  if (left.length === 0) throw new ConfigError(`--limit '${pattern}' leaves no VM`, { hint: vmsHint(vms) });
  return left;
}

interface Term {
  readonly sign: "" | "&" | "!";
  readonly text: string;
}

function termsOf(pattern: string): Term[] {
  // A regular expression may hold colons, a group's slice does.
  const parts = pattern.includes(",")
    ? pattern.split(",")
    : (pattern.match(/(?:[^:[\]]|\[[^\]]*\]|[[\]])+/g) ?? []);
  const terms = (/^[!&]?~/.test(pattern) && !pattern.includes(",") ? [pattern] : parts)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part): Term => {
      const sign = part.startsWith("!") ? "!" : part.startsWith("&") ? "&" : "";
      return { sign, text: part.slice(sign.length).trim() };
    });
  if (terms.length === 0) throw new ConfigError("--limit needs a pattern, e.g. 'debian_12:!arm64'");
  return terms;
}

function matching<T extends Limited>(vms: readonly T[], text: string): T[] {
  const [, base, single, from, to] = /^([^~].*)\[(?:(-?\d+)|(\d+)[:-](\d*))\]$/.exec(text) ?? [];
  const test = testOf(base ?? text);
  const found = vms.filter(({ name, groups }) => test(name) || groups.some(test));
  if (found.length === 0) throw nothingMatches(vms, base ?? text);
  if (base === undefined) return found;
  if (single !== undefined) return found.slice(Number(single)).slice(0, 1);
  return found.slice(Number(from), to === "" || to === undefined ? undefined : Number(to) + 1);
}

function testOf(text: string): (name: string) => boolean {
  if (text.startsWith("~")) {
    const regex = regexOf(text.slice(1));
    return (name) => regex.test(name);
  }
  if (!/[*?[]/.test(text)) return (name) => name === text;
  const regex = globPattern(text);
  return (name) => regex.test(name);
}

function regexOf(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})`, "s");
  } catch (cause) {
    throw new ConfigError(`--limit: '~${source}' is not a regular expression`, { cause });
  }
}

function nothingMatches(vms: readonly Limited[], text: string): ConfigError {
  const names = new Set(vms.flatMap(({ name, groups }) => [name, ...groups]));
  return new ConfigError(`--limit: no VM or group matches '${text}'${didYouMean(text, names)}`, {
    hint: vmsHint(vms),
  });
}

const MOST_NAMES = 8;

function vmsHint(vms: readonly Limited[]): string {
  const names = vms.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = vms.length > MOST_NAMES ? ` and ${vms.length - MOST_NAMES} more` : "";
  return `the VMs are ${names.join(", ")}${more}`;
}
