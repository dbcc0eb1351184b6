/** A version as PEP 440 orders them. */
interface PythonVersion {
  readonly epoch: number;
  readonly release: readonly number[];
  /** Before the release: its kind and number. */
  readonly pre: readonly [number, number] | undefined;
  readonly post: number | undefined;
  readonly dev: number | undefined;
  readonly local: string;
}

const VERSION =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9._-]+))?$/i;

const KINDS: Readonly<Record<string, number>> = { a: 0, b: 1, c: 2, r: 2, p: 2 };

function parseVersion(text: string): PythonVersion | undefined {
  const found = VERSION.exec(text.trim());
  if (!found) return undefined;
  const [, epoch = "0", release = "", kind, pre, number, post, postNumber, dev, devNumber, local] = found;
  return {
    epoch: Number(epoch),
    release: release.split(".").map(Number),
    pre: kind === undefined ? undefined : [KINDS[kind[0]?.toLowerCase() ?? ""] ?? 2, Number(pre)],
    post: number === undefined && post === undefined ? undefined : Number(number ?? postNumber),
    dev: dev === undefined ? undefined : Number(devNumber),
    local: (local ?? "").toLowerCase().replace(/[-_]/g, "."),
  };
}

/** What two versions are compared by: a development release comes before its pre-releases, these before the release. */
function keys({ epoch, pre, post, dev }: PythonVersion): { epoch: number; rest: number[] } {
  const onlyDev = pre === undefined && post === undefined && dev !== undefined;
  const [kind, number] = pre ?? [onlyDev ? -1 : 9, 0];
  return { epoch, rest: [kind, number, post ?? -1, dev ?? Number.POSITIVE_INFINITY] };
}

function compare(one: PythonVersion, other: PythonVersion): number {
  const [a, b] = [keys(one), keys(other)];
  const length = Math.max(one.release.length, other.release.length);
  const padded = ({ release }: PythonVersion) => Array.from({ length }, (_each, at) => release[at] ?? 0);
  const [left, right] = [
    [a.epoch, ...padded(one), ...a.rest],
    [b.epoch, ...padded(other), ...b.rest],
  ];
  const at = left.findIndex((each, index) => each !== right[index]);
  return at < 0 ? 0 : Math.sign((left[at] ?? 0) - (right[at] ?? 0));
}

/** Whether a version is one that a specifier (`>=1.2,<2`) takes; undefined where either cannot be read. */
export function pythonVersionMatches(version: string, specifier: string): boolean | undefined {
  const there = parseVersion(version);
  const parts = specifier.split(",").map((part) => part.trim());
  let all: boolean | undefined = true;
  for (const part of parts.filter((each) => each !== "")) {
    const [, sign = "", text = ""] = /^(===|==|!=|~=|<=|>=|<|>)\s*(\S+)$/.exec(part) ?? [];
    const one = sign === "===" ? version === text : there && matches(there, sign, text);
    if (one === undefined) return undefined;
    all &&= one;
  }
  return all;
}

function matches(there: PythonVersion, sign: string, text: string): boolean | undefined {
  const prefix = /^(.*)\.\*$/.exec(text)?.[1];
  const wanted = parseVersion(prefix ?? text);
  if (!wanted) return undefined;
  const order = compare(there, wanted);
  const equal = order === 0 && (wanted.local === "" || wanted.local === there.local);
  const among = startsWith(there, wanted.release, wanted.epoch);
  switch (sign) {
    case "==":
      return prefix === undefined ? equal : among;
    case "!=":
      return prefix === undefined ? !equal : !among;
    case "~=":
      return order >= 0 && startsWith(there, wanted.release.slice(0, -1), wanted.epoch);
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    // Neither its own pre-releases nor its post-releases are meant by these.
    case "<":
      return order < 0 && (isEarly(wanted) || !sameRelease(there, wanted) || !isEarly(there));
    case ">":
      return (
        order > 0 &&
        (wanted.post !== undefined || !sameRelease(there, wanted) || there.post === undefined) &&
        (there.local === "" || !sameRelease(there, wanted))
      );
    default:
      return undefined;
  }
}

const isEarly = ({ pre, dev }: PythonVersion): boolean => pre !== undefined || dev !== undefined;

const startsWith = (there: PythonVersion, release: readonly number[], epoch: number): boolean =>
  there.epoch === epoch && release.every((number, at) => (there.release[at] ?? 0) === number);

const sameRelease = (one: PythonVersion, other: PythonVersion): boolean =>
  compare(bare(one), bare(other)) === 0;

const bare = (one: PythonVersion): PythonVersion => ({
  ...one,
  pre: undefined,
  post: undefined,
  dev: undefined,
});
