import type { Manifest, PointKind } from "./manifest.js";
import { type Surroundings, traceDifference } from "./trace.js";

/** What a point of one kind would be made from now. */
export interface Wanted {
  readonly kind: PointKind;
  /** Of one that is made in the midst of a phase; see the manifest. */
  readonly tasks?: number;
  readonly inputs: Readonly<Record<string, string>>;
  /** Ignore what there is: `--fresh`. */
  readonly fresh: boolean;
  /** Points older than this are not used. */
  readonly maxAgeMs?: number;
}

/** A point to restore; or why there is none to: `because` completes "made", or "remade" when there was one before. */
export type Choice =
  | { readonly restore: Manifest }
  | { readonly restore: undefined; readonly again: boolean; readonly because: string };

interface Owner {
  readonly project: string;
  readonly vm: string;
}

/**
 * The newest point that was made from the same as would be today. A `clean` one may be another VM's or project's, when there is none of the VM's
 * own; of others only the VM's own count.
 */
export async function choosePoint(
  points: readonly Manifest[],
  wanted: Wanted,
  owner: Owner,
  now: Surroundings & { readonly time: number },
): Promise<Choice> {
  const own = (point: Manifest) => point.project === owner.project && point.vm === owner.vm;
  const candidates = points
    .filter(({ kind, tasks }) => kind === wanted.kind && tasks === wanted.tasks)
    .filter((point) => point.kind === "clean" || own(point))
    .sort((one, other) => Number(own(other)) - Number(own(one)) || other.created.localeCompare(one.created));
  if (wanted.fresh) return { restore: undefined, again: candidates.some(own), because: "as asked" };
  let because: string | undefined;
  for (const point of candidates) {
    const why = await whyNot(point, wanted, now);
    if (why === undefined) return { restore: point };
    if (own(point)) because ??= why;
  }
  return because === undefined
    ? { restore: undefined, again: false, because: "there is none yet" }
    : { restore: undefined, again: true, because };
}

async function whyNot(
  { inputs, trace, created }: Manifest,
  wanted: Wanted,
  now: Surroundings & { readonly time: number },
): Promise<string | undefined> {
  const age = now.time - Date.parse(created);
  if (wanted.maxAgeMs !== undefined && age > wanted.maxAgeMs) return "it is too old";
  return inputsDifference(inputs, wanted.inputs) ?? (await traceDifference(trace, now));
}

/** Fingerprints tell people nothing but that they differ. */
const FINGERPRINT = /^(sha\d+:)?[0-9a-f]{32,}$/;
const LONGEST = 60;

/** The first of the named things that differs, in words. */
export function inputsDifference(
  was: Readonly<Record<string, string>>,
  is: Readonly<Record<string, string>>,
): string | undefined {
  for (const name of new Set([...Object.keys(is), ...Object.keys(was)])) {
    const [before, after] = [was[name], is[name]];
    if (before === after) continue;
    const told = [before, after].every(
      (value) => value === undefined || (!FINGERPRINT.test(value) && value.length <= LONGEST),
    );
    return told ? `${name} changed from ${before ?? "nothing"} to ${after ?? "nothing"}` : `${name} changed`;
  }
  return undefined;
}
