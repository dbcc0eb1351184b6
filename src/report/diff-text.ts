import { createTwoFilesPatch } from "diff";

const LONGEST = 1024 * 1024;

interface TwoStates {
  readonly before?: unknown;
  readonly after?: unknown;
  readonly before_header?: unknown;
  readonly after_header?: unknown;
  readonly prepared?: unknown;
}

/** A result's `diff` as unified diffs, one line an entry; nothing where nothing differs. */
export function diffLines(diff: unknown): string[] {
  const states = (Array.isArray(diff) ? diff : [diff]) as (TwoStates | null | undefined)[];
  return states.flatMap((each) => (typeof each === "object" && each !== null ? oneDiff(each) : []));
}

function oneDiff({ before, after, before_header, after_header, prepared }: TwoStates): string[] {
  if (typeof prepared === "string") return prepared.trimEnd().split("\n");
  const [old, now] = [textOf(before), textOf(after)];
  if (old === now) return [];
  if (old.length + now.length > LONGEST) return ["(the difference is too long to be shown)"];
  const from = typeof before_header === "string" ? before_header : "before";
  const to = typeof after_header === "string" ? after_header : "after";
  const patch = createTwoFilesPatch(from, to, old, now, undefined, undefined, { context: 3, timeout: 2_000 });
  if (patch === undefined) return ["(the difference is too long to be shown)"];
  // The first line is a rule of equal signs.
  return patch.trimEnd().split("\n").slice(1);
}

const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`;
};
