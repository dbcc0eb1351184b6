/** What `blockinfile` is asked for. */
export interface BlockWanted {
  /** Without the markers; empty takes the block away. */
  readonly block: string;
  readonly begin: string;
  readonly end: string;
  readonly insertAfter?: RegExp | "EOF" | undefined;
  readonly insertBefore?: RegExp | "BOF" | undefined;
}

export interface BlockEdited {
  readonly lines: readonly string[];
  readonly msg: string;
}

/** Puts a block between its markers, replaces what is there, or takes it away. */
export function editBlock(lines: readonly string[], wanted: BlockWanted): BlockEdited {
  const { block, begin, end } = wanted;
  const from = lines.indexOf(begin);
  const to = lines.findIndex((each, index) => each === end && index > from);
  const has = from >= 0 && to > from;
  const rest = has ? lines.toSpliced(from, to - from + 1) : lines;
  if (block === "") return { lines: rest, msg: has ? "Block removed" : "" };
  const inserted = [begin, ...block.replace(/\n$/, "").split("\n"), end];
  const at = has ? from : placeOf(rest, wanted);
  const result = rest.toSpliced(at, 0, ...inserted);
  const same = result.length === lines.length && result.every((each, index) => each === lines[index]);
  return { lines: result, msg: same ? "" : has ? "Block replaced" : "Block inserted" };
}

function placeOf(lines: readonly string[], { insertAfter, insertBefore }: BlockWanted): number {
  if (insertBefore === "BOF") return 0;
  const pattern = insertBefore ?? (insertAfter === "EOF" ? undefined : insertAfter);
  if (!pattern) return lines.length;
  const at = lines.findLastIndex((each) => pattern.test(each));
  if (at < 0) return lines.length;
  return insertBefore ? at : at + 1;
}
