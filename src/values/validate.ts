import type { z } from "zod";
import { ConfigError, ConfigErrors, type Position } from "../errors.js";
import { didYouMean } from "./nearest.js";
import { positionAt } from "./position.js";
import { Template } from "./template.js";

type Issue = z.core.$ZodIssue;

/**
 * Checks a value of the user's against a schema.
 * @param what names the thing in messages, e.g. "platform 'debian_12'"
 * @throws ConfigError(s), every issue at its own place in the user's file.
 */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) =>
    issueErrors(issue, value, what, knownKeys(schema, issue.path)),
  );
  const [only] = errors;
  throw errors.length === 1 && only !== undefined ? only : new ConfigErrors(errors);
}

function issueErrors(issue: Issue, root: unknown, what: string, known: readonly string[]): ConfigError[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const message = `unknown key '${key}' in ${within(what, issue.path)}${didYouMean(key, known)}`;
      return error(message, positionAt(root, [...issue.path, key]));
    });
  const found = issue.path.reduce<unknown>(
    (here, key) => (here as Record<PropertyKey, unknown> | undefined)?.[key],
    root,
  );
  const shown = isSecret(issue.path) ? hidden(found) : found;
  return [error(`${subject(what, issue.path)} ${complaint(issue, shown)}`, positionAt(root, issue.path))];
}

/** Values under such keys must not be shown, not even when they are wrong. */
const isSecret = (path: readonly PropertyKey[]): boolean =>
  path.some((key) => /pass(word|phrase)?$|secret|token|private/i.test(String(key)));

/** A secret that was given; its kind may be told. */
class Hidden {
  constructor(readonly kind: string) {}
}

function hidden(value: unknown): unknown {
  if (typeof value === "string") return new Hidden("a text");
  if (typeof value === "number") return new Hidden("a number");
  return value instanceof Template ? new Hidden("an expression") : value;
}

const error = (message: string, position: Position | undefined) => new ConfigError(message, { position });

/** 'vm.disks[0].src' */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    "",
  );

const within = (what: string, path: readonly PropertyKey[]) =>
  path.length === 0 ? what : `'${pathText(path)}' of ${what}`;
const subject = (what: string, path: readonly PropertyKey[]) =>
  path.length === 0 ? what : `'${pathText(path)}' of ${what}`;

function complaint(issue: Issue, found: unknown): string {
  if (issue.code === "invalid_type") {
    if (found === undefined) return `is missing: it must be ${expectedWords(issue.expected)}`;
    return `must be ${expectedWords(issue.expected)}, got ${describeValue(found)}`;
  }
  if (issue.code === "invalid_value") {
    if (found === undefined) return `is missing: it must be one of ${issue.values.map(String).join(", ")}`;
    const values = issue.values.map((value) => `'${String(value)}'`).join(", ");
    const near = typeof found === "string" ? didYouMean(found, issue.values.map(String)) : "";
    return `must be ${issue.values.length > 1 ? "one of " : ""}${values}, got ${describeValue(found)}${near}`;
  }
  if (issue.code === "too_small")
    return `is too small: at least ${issue.minimum}${issue.origin === "string" ? " characters" : ""}`;
  if (issue.code === "too_big") return `is too big: at most ${issue.maximum}`;
  if (issue.code === "invalid_union") return `has a wrong form, got ${describeValue(found)}`;
  return `is wrong: ${issue.message}, got ${describeValue(found)}`;
}

const WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

const expectedWords = (expected: string) => WORDS[expected] ?? expected;

const LONGEST_SHOWN = 60;

/** A value in a few plain words, for messages: its kind and, when short, itself. */
export function describeValue(value: unknown): string {
  if (value === null) return "nothing";
  if (value instanceof Hidden) return `${value.kind} that is not shown`;
  if (value instanceof Template) return `the expression ${JSON.stringify(value.source)}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  // Not cut: half a secret would not be known for one.
  return value.length > LONGEST_SHOWN
    ? `a text of ${value.length} characters`
    : `the text ${JSON.stringify(value)}`;
}

/** The keys that the schema knows at a path, for "did you mean". */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let here = unwrap(schema);
  for (const key of path) {
    const def = here?._zod?.def;
    here = unwrap(typeof key === "number" ? def?.element : (def?.shape?.[key as string] ?? def?.valueType));
  }
  return Object.keys(here?._zod?.def?.shape ?? {});
}

interface Inner {
  readonly _zod?: {
    readonly def?: {
      readonly shape?: Record<string, unknown>;
      readonly element?: unknown;
      readonly valueType?: unknown;
      readonly innerType?: unknown;
    };
  };
}

function unwrap(schema: unknown): Inner | undefined {
  let here = schema as Inner | undefined;
  while (here?._zod?.def?.innerType !== undefined) here = here._zod.def.innerType as Inner;
  return here;
}
