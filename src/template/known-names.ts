import { ConfigError } from "../errors.js";
import { didYouMean } from "../values/nearest.js";
import { textAt } from "./operands.js";
import type { Vocabulary } from "./rewritten.js";
import { type Token, tokenAt } from "./tokens.js";

type Kind = "filter" | "test" | "function" | "lookup";

/** What stands in quotes for a name: the filter of `map`, the tests of the others, by the place of the argument. */
const NAMED_BY: Readonly<Record<string, readonly [Kind, number]>> = {
  map: ["filter", 0],
  select: ["test", 0],
  reject: ["test", 0],
  selectattr: ["test", 1],
  rejectattr: ["test", 1],
  lookup: ["lookup", 0],
  query: ["lookup", 0],
  q: ["lookup", 0],
};

/** @throws ConfigError with the nearest name */
export function refuseUnknown(kind: Kind, name: string, vocabulary: Vocabulary): void {
  const known = vocabulary[`${kind}s`];
  if (known.has(name)) return;
  const users = [...known].filter((each) => !each.startsWith("__"));
  throw new ConfigError(
    `unknown ${kind === "lookup" ? "look-up" : kind} '${name}'${didYouMean(name, users)}`,
  );
}

/** The same for a name that is written out as an argument of what stands at an index. @throws ConfigError */
export function refuseUnknownArgument(tokens: readonly Token[], at: number, vocabulary: Vocabulary): void {
  const name = textAt(tokens, at);
  const [kind, place] = (Object.hasOwn(NAMED_BY, name) ? NAMED_BY[name] : undefined) ?? [];
  if (kind === undefined || place === undefined || textAt(tokens, at + 1) !== "(") return;
  // A name as second argument is looked at behind a plain text only.
  const index = at + 2 + 2 * place;
  if (place === 1 && (tokenAt(tokens, at + 2).kind !== "string" || textAt(tokens, at + 3) !== ",")) return;
  const given = tokenAt(tokens, index);
  if (given.kind !== "string" || !/^[,)]$/.test(textAt(tokens, index + 1))) return;
  refuseUnknown(kind, given.value.split(".").at(-1) ?? given.value, vocabulary);
}
