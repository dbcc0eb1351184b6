/** Compares two versions as dpkg does. @returns below, at or above 0 */
export function compareDebianVersions(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)];
  return a.epoch - b.epoch || comparePart(a.upstream, b.upstream) || comparePart(a.revision, b.revision);
}

function parts(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = "0", rest = version] = /^(\d+):(.*)$/.exec(version) ?? [];
  const dash = rest.lastIndexOf("-");
  return dash < 0
    ? { epoch: Number(epoch), upstream: rest, revision: "" }
    : { epoch: Number(epoch), upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

/** By turns a piece without digits, then a number. */
function comparePart(one: string, other: string): number {
  const [a, b] = [pieces(one), pieces(other)];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? { text: "", number: 0n }, b[at] ?? { text: "", number: 0n }];
    const texts = compareText(left.text, right.text);
    if (texts !== 0) return texts;
    if (left.number !== right.number) return left.number < right.number ? -1 : 1;
  }
  return 0;
}

const pieces = (text: string): { text: string; number: bigint }[] =>
  [...text.matchAll(/(\D*)(\d*)/g)].map(([, words = "", digits = ""]) => ({
    text: words,
    number: BigInt(digits || "0"),
  }));

function compareText(one: string, other: string): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = order(one[at]) - order(other[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A tilde comes before the end, letters before all other signs. */
function order(sign: string | undefined): number {
  if (sign === "~") return -1;
  if (sign === undefined) return 0;
  return /[A-Za-z]/.test(sign) ? sign.charCodeAt(0) : sign.charCodeAt(0) + 256;
}
