import { closest, distance } from "fastest-levenshtein";

/** The candidate that a mistyped name most likely meant, if one is close enough to be worth naming. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const list = [...candidates];
  if (list.length === 0) return undefined;
  const swapped = list.find((candidate) => isSwapped(name.toLowerCase(), candidate.toLowerCase()));
  if (swapped !== undefined) return swapped;
  const best = closest(
    name.toLowerCase(),
    list.map((candidate) => candidate.toLowerCase()),
  );
  const found = list.find((candidate) => candidate.toLowerCase() === best);
  const limit = Math.max(1, Math.floor(name.length / 3));
  return found !== undefined && distance(name.toLowerCase(), best) <= limit ? found : undefined;
}

/** Whether two neighbours have changed places, which is the commonest slip and counts as two. */
function isSwapped(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  return at >= 0 && `${one.slice(0, at)}${one[at + 1] ?? ""}${one[at]}${one.slice(at + 2)}` === other;
}

/** `; did you mean 'x'?` or nothing: the tail of a message about an unknown name. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined ? "" : `; did you mean '${found}'?`;
}
