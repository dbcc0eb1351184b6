import { closest, distance } from "fastest-levenshtein";

/** The candidate that a mistyped name most likely meant, if one is close enough to be worth naming. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const list = [...candidates];
  if (list.length === 0) return undefined;
  const best = closest(
    name.toLowerCase(),
    list.map((candidate) => candidate.toLowerCase()),
  );
  const found = list.find((candidate) => candidate.toLowerCase() === best);
  const limit = Math.max(1, Math.floor(name.length / 3));
  return found !== undefined && distance(name.toLowerCase(), best) <= limit ? found : undefined;
}

/** `; did you mean 'x'?` or nothing: the tail of a message about an unknown name. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined ? "" : `; did you mean '${found}'?`;
}
