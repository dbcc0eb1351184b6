import { ConfigError } from "../errors.js";

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};
const ALIASES: Readonly<Record<string, string>> = {
  "=": "==",
  eq: "==",
  "<>": "!=",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

type Compare = (left: string, right: string) => number;

const TYPES: Readonly<Record<string, Compare>> = {
  loose: compareLoose,
  strict: compareStrict,
  semver: compareSemantic,
  semantic: compareSemantic,
  pep440: comparePep440,
};

/** Ansible's `version` test. @param type loose, strict, semver, semantic or pep440 */
export function versionHolds(left: string, operator: string, right: string, type: string): boolean {
  const holds = OPERATORS[ALIASES[operator] ?? operator];
  if (holds === undefined) throw new ConfigError(`'${operator}' is no operator of the version test`);
  const compare = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (compare === undefined)
    throw new ConfigError(`'${type}' is no version_type: ${Object.keys(TYPES).join(", ")}`);
  return holds(compare(left, right));
}

const partsOf = (version: string) => version.match(/\d+|[a-z]+/gi) ?? [];

/** Python's LooseVersion. */
export function compareLoose(left: string, right: string): number {
  const [a, b] = [partsOf(left), partsOf(right)];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = comparePart(a[index] ?? "", b[index] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** A number is later than a word: 1.0.1 after 1.0.rc1. */
function comparePart(left: string, right: string): number {
  const [a, b] = [/^\d/.test(left), /^\d/.test(right)];
  if (a && b) return Number(left) - Number(right);
  if (a !== b) return a ? 1 : -1;
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareSemantic(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.replace(/^v|\+.*$/g, "").split(/-(.*)/s)) as [
    string[],
    string[],
  ];
  const order = compareLoose(a[0] ?? "", b[0] ?? "");
  if (order !== 0 || a[1] === b[1]) return order;
  if (a[1] === undefined || b[1] === undefined) return a[1] === undefined ? 1 : -1;
  return compareLoose(a[1], b[1]);
}

/** The numbers of a version, the ones left out being 0; then its pre-release, none being the latest. */
function compareStrict(left: string, right: string): number {
  const read = (version: string) => {
    const [, major, minor, patch, letter, number] =
      /^(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?$/.exec(version) ?? refuse(version, "a strict version");
    const stage = letter === undefined ? [2, 0] : [letter === "a" ? 0 : 1, Number(number)];
    return [Number(major), Number(minor), Number(patch ?? 0), ...stage];
  };
  return compareNumbers(read(left), read(right));
}

const PEP440 =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(?:post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+[a-z\d]+(?:[-_.][a-z\d]+)*)?$/i;
const NEVER = Number.MAX_SAFE_INTEGER;

/** By epoch, release, pre-release, post-release and development release; local versions count as equal. */
function comparePep440(left: string, right: string): number {
  const [a, b] = [readPep440(left), readPep440(right)];
  return compareNumbers(a.release, b.release) || compareNumbers(a.rest, b.rest);
}

function readPep440(version: string): { release: number[]; rest: number[] } {
  const found = PEP440.exec(version.trim()) ?? refuse(version, "a version of PEP 440");
  const [, epoch, release = "", pre, preNumber, implicitPost, post, dev, devNumber] = found;
  const postNumber = implicitPost ?? post;
  // A development release alone comes before every pre-release.
  const isEarly = dev !== undefined && postNumber === undefined;
  const stage = pre === undefined ? (isEarly ? -1 : NEVER) : stageOf(pre);
  return {
    release: [Number(epoch ?? 0), ...release.split(".").map(Number)],
    rest: [
      stage,
      Number(preNumber || 0),
      postNumber === undefined ? -1 : Number(postNumber || 0),
      dev === undefined ? NEVER : Number(devNumber || 0),
    ],
  };
}

const stageOf = (word: string): number => (/^a/i.test(word) ? 0 : /^b/i.test(word) ? 1 : 2);

function refuse(version: string, what: string): never {
  throw new ConfigError(`'${version}' is not ${what}`);
}

/** Lists of numbers, the shorter one filled up with zeros. */
function compareNumbers(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = (left[index] ?? 0) - (right[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
