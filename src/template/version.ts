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

/** Ansible's `version` test. @param type loose, strict, semver, semantic or pep440 (read as loose) */
export function versionHolds(left: string, operator: string, right: string, type: string): boolean {
  const holds = OPERATORS[ALIASES[operator] ?? operator];
  if (holds === undefined) throw new ConfigError(`'${operator}' is no operator of the version test`);
  return holds(/^sem/.test(type) ? compareSemantic(left, right) : compareLoose(left, right));
}

const partsOf = (version: string) => version.match(/\d+|[a-z]+/gi) ?? [];

function compareLoose(left: string, right: string): number {
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
