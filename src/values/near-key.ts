import { distance } from "fastest-levenshtein";

/** Letters that may differ; a short word is soon another one, so `tpm` is no slip for `cpu`. */
const slips = (key: string): number => (key.length <= 4 ? 1 : 2);

/** The known key that an unknown one is a slip of; undefined for a known key and for one of the user's own. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return undefined;
  const lower = key.toLowerCase();
  const [best] = known
    .map((candidate) => ({ candidate, far: distance(lower, candidate) }))
    .filter(({ far }) => far <= slips(key))
    .sort(
      (a, b) =>
        a.far - b.far || Number(b.candidate.startsWith(lower)) - Number(a.candidate.startsWith(lower)),
    );
  return best?.candidate;
}
