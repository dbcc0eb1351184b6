import { ConfigError, type Position } from "../errors.js";
import { copyPositions } from "../values/position.js";
import { Template } from "../values/template.js";
import { evaluateCode, UNDEFINED } from "./environment.js";
import { OMIT } from "./omit.js";
import { isMapping, pythonText, truthy } from "./python.js";
import { renderStatements } from "./render.js";
import { rewrite } from "./rewrite.js";
import type { Rewritten } from "./rewritten.js";
import type { Scope } from "./scope.js";
import { withKind } from "./search.js";
import { type Segment, segmentsOf } from "./segments.js";
import { ANSIBLE_SYNTAX } from "./syntax.js";
import { withLastNewlines } from "./template-file.js";
import { withoutTimes } from "./times.js";
import type { Backslashes } from "./tokens.js";
import { ScopeVariables } from "./variables.js";
import { VOCABULARY } from "./vocabulary.js";

/**
 * Every Template in a value replaced by what it evaluates to; plain strings are data and stay as they are.
 * Entries that evaluate to `omit` are left out; a Template alone may come to OMIT.
 * @throws ConfigError at the Template's position.
 */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (value instanceof Template)
    return scope.remember(value, () => placedAt(value.position, () => evaluateTemplate(value, scope)));
  if (Array.isArray(value)) return scope.remember(value, () => evaluateList(value, scope));
  if (isMapping(value)) return scope.remember(value, () => evaluateMapping(value, scope));
  return value;
}

/** As `evaluate`, as text: none is empty. */
export function evaluateText(value: unknown, scope: Scope): string {
  return asText(evaluate(value, scope));
}

/**
 * Whether a `when` or `failed_when` holds: a string is an expression without marks; of a list all must hold.
 * @param position where the condition stands, for errors
 */
export function evaluateCondition(condition: unknown, scope: Scope, position?: Position): boolean {
  if (Array.isArray(condition)) return condition.every((each) => evaluateCondition(each, scope, position));
  if (condition instanceof Template) {
    const value = evaluate(condition, scope);
    return typeof value === "string" && value !== "" ? literalTruth(value) : truthy(value);
  }
  if (typeof condition !== "string") return condition === null || truthy(condition);
  if (condition.trim() === "") return true;
  return placedAt(position, () => truthy(evaluateExpression(condition, scope, position)));
}

/** What `"{{ flag }}"` with the text "False" means to Ansible. */
const literalTruth = (text: string): boolean => !/^(false|no|off|none|0)$/i.test(text.trim());

/** An expression without marks, as in `when` or `until`, in its own type. */
export function evaluateExpression(
  expression: string,
  scope: Scope,
  position?: Position,
  backslashes: Backslashes = "escapes",
  text = false,
): unknown {
  const rewritten = rewrite(expression, VOCABULARY, undefined, undefined, backslashes);
  const variables = new ScopeVariables(rewritten.paths, scope, position, { mappings: rewritten.mappings });
  // The common `{{ name }}` needs no engine, and keeps what the engine cannot carry.
  const value = rewritten.only ? wholePath(rewritten, variables) : evaluateCode(rewritten.code, variables);
  if (value === UNDEFINED) throw new ConfigError(variables.missing ?? `'${expression}' is undefined`);
  // Told only to who makes a text of it: everywhere else both numbers are one.
  if (text && Number.isInteger(value) && isFraction(rewritten, variables)) return `${value}.0`;
  return rewritten.timely ? withoutTimes(value) : value;
}

/** Whether a whole number is what Python prints with `.0`: it was written so, or came of a division or the like. */
function isFraction({ only, code, paths }: Rewritten, variables: ScopeVariables): boolean {
  if (only && paths.length === 1) return variables.isFraction(0);
  return makesFraction(code, variables);
}

/** The engine tells what it reckoned itself; of our own filters, `float` makes fractions, `round` of what is one. */
function makesFraction(code: string, variables: ScopeVariables): boolean {
  if (!MAKES_FRACTIONS.test(code) || /\sif\s/.test(code)) return false;
  if (FRACTION_FILTERS.test(code)) return true;
  const input = /^([\s\S]*)\|\s*round\s*(?:\([^()]*\))?\s*$/.exec(code)?.[1];
  if (input === undefined) return evaluateCode(`(${code}) is float`, variables) === true;
  const value = evaluateCode(input, variables);
  return typeof value === "number" && (!Number.isInteger(value) || makesFraction(input, variables));
}

/** Filters whose result is a fraction, whatever they are given. */
const FRACTIONS =
  "float|log|root|pow|to_(?:time_unit|(?:milli)?seconds|minutes|hours|days|weeks|months|years)";
const FRACTION_FILTERS = new RegExp(`\\|\\s*(?:${FRACTIONS})\\s*(?:\\([^()]*\\))?\\s*$`);
const MAKES_FRACTIONS = new RegExp(`/|\\d\\.\\d|\\d[eE]|\\|\\s*(?:round|${FRACTIONS})\\b|\\*\\*`);

function wholePath(rewritten: Rewritten, variables: ScopeVariables): unknown {
  return rewritten.paths.length === 1 ? variables.value(0) : evaluateCode(rewritten.code, variables);
}

/** Tells a mistake that has no place of its own with this one. */
export function placedAt<T>(position: Position | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ConfigError) || error.position || !position) throw error;
    throw new ConfigError(error.message, { position, hint: error.hint, cause: error.cause });
  }
}

function evaluateTemplate(template: Template, scope: Scope): unknown {
  const { source, position } = template;
  const segments = segmentsOf(source);
  const [first] = segments;
  if (segments.length === 1 && first?.kind === "expression") {
    const value = evaluateExpression(first.body, scope, position, "plain");
    const isWhole = typeof value === "object" || !source.endsWith("\n");
    return isWhole ? value : withLastNewlines(source, asText(value));
  }
  if (segments.some(({ kind }) => kind === "statement")) return renderTemplate(segments, scope, template);
  const text = segments
    .map(({ kind, body }) =>
      kind === "text" ? body : asText(evaluateExpression(body, scope, position, "plain", true)),
    )
    .join("");
  return withLastNewlines(source, text);
}

/** A text; but a list or mapping that is all that statements lead to keeps its type. */
function renderTemplate(segments: readonly Segment[], scope: Scope, { source, position }: Template): unknown {
  const search = withKind(scope.files?.directories ?? [], "templates");
  const main = { segments, placeOf: () => position };
  const around = { scope, syntax: ANSIBLE_SYNTAX, search, position, backslashes: "plain" } as const;
  const { text, only } = renderStatements(main, around);
  const isWhole = (Array.isArray(only) || isMapping(only)) && text.trimEnd() === pythonText(only);
  return isWhole ? withoutTimes(only) : withLastNewlines(source, text);
}

/** A result as a part of a text: none is empty. @throws ConfigError for omit */
export function asText(value: unknown): string {
  if (value === OMIT) throw new ConfigError("omit cannot be part of a text");
  return value === null || value === undefined ? "" : pythonText(value);
}

function evaluateList(list: readonly unknown[], scope: Scope): unknown[] {
  const result = list.map((item) => evaluate(item, scope)).filter((item) => item !== OMIT);
  if (result.length === list.length) copyPositions(list, result);
  return result;
}

function evaluateMapping(mapping: Readonly<Record<string, unknown>>, scope: Scope): Record<string, unknown> {
  const entries = Object.entries(mapping)
    .map(([key, entry]) => [key, evaluate(entry, scope)] as const)
    .filter(([, entry]) => entry !== OMIT);
  const result = Object.fromEntries(entries);
  copyPositions(mapping, result);
  return result;
}
