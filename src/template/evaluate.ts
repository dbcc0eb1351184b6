import { ConfigError, type Position } from "../errors.js";
import { didYouMean } from "../load/nearest.js";
import { copyPositions } from "../load/position.js";
import { evaluateCode, renderCode, UNDEFINED } from "./environment.js";
import type { Variables } from "./frame.js";
import { OMIT } from "./omit.js";
import { isMapping, pythonText, truthy } from "./python.js";
import { rewrite } from "./rewrite.js";
import { COMPUTED, type KnownPath, type Path, type Rewritten } from "./rewritten.js";
import type { Resolved, Scope } from "./scope.js";
import { type Segment, segmentsOf } from "./segments.js";
import { rewriteStatements } from "./statements.js";
import { Template, templateOr } from "./template.js";
import { withoutTimes } from "./times.js";
import { VOCABULARY } from "./vocabulary.js";

const OMIT_PATH = "omit";

/**
 * Every Template in a value replaced by what it evaluates to; plain strings are data and stay as they are.
 * Entries that evaluate to `omit` are left out; a Template alone may come to OMIT.
 * @throws ConfigError at the Template's position.
 */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (value instanceof Template)
    return scope.remember(value, () => at(value.position, () => evaluateTemplate(value, scope)));
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
  return at(position, () => truthy(evaluateExpression(condition, scope, position)));
}

/** What `"{{ flag }}"` with the text "False" means to Ansible. */
const literalTruth = (text: string): boolean => !/^(false|no|off|none|0)$/i.test(text.trim());

/** An expression without marks, as in `when` or `until`, in its own type. */
export function evaluateExpression(expression: string, scope: Scope, position?: Position): unknown {
  const rewritten = rewrite(expression, VOCABULARY);
  const variables = new ScopeVariables(rewritten.paths, scope, position, rewritten.mappings);
  // The common `{{ name }}` needs no engine, and keeps what the engine cannot carry.
  const value = rewritten.only ? wholePath(rewritten, variables) : evaluateCode(rewritten.code, variables);
  if (value === UNDEFINED) throw new ConfigError(variables.missing ?? `'${expression}' is undefined`);
  return rewritten.timely ? withoutTimes(value) : value;
}

function wholePath(rewritten: Rewritten, variables: ScopeVariables): unknown {
  return rewritten.paths.length === 1 ? variables.value(0) : evaluateCode(rewritten.code, variables);
}

function at<T>(position: Position | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ConfigError) || error.position || !position) throw error;
    throw new ConfigError(error.message, { position, hint: error.hint, cause: error.cause });
  }
}

function evaluateTemplate(template: Template, scope: Scope): unknown {
  const segments = segmentsOf(template.source);
  const [first] = segments;
  if (segments.length === 1 && first?.kind === "expression")
    return evaluateExpression(first.body, scope, template.position);
  if (segments.some(({ kind }) => kind === "statement")) return renderStatements(segments, scope, template);
  return segments
    .map((segment, index) => {
      if (segment.kind === "expression")
        return asText(evaluateExpression(segment.body, scope, template.position));
      return trimmed(segment.body, segments[index - 1], segments[index + 1]);
    })
    .join("");
}

/** `{{-` and `-}}` take the white space beside them away. */
function trimmed(text: string, before: Segment | undefined, after: Segment | undefined): string {
  const left = before?.close === "-" ? text.trimStart() : text;
  return after?.open === "-" ? left.trimEnd() : left;
}

function renderStatements(segments: readonly Segment[], scope: Scope, template: Template): string {
  const paths: Path[] = [];
  const { code, mappings } = rewriteStatements(segments, VOCABULARY, paths);
  return renderCode(code, new ScopeVariables(paths, scope, template.position, mappings));
}

function asText(value: unknown): string {
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

/** The paths of one expression, looked up in a scope when the engine reaches them. */
class ScopeVariables implements Variables {
  /** The last path that was asked for and is not there. */
  #missing: (Resolved & { found: false }) | undefined;

  constructor(
    private readonly paths: readonly Path[],
    private readonly scope: Scope,
    readonly position: Position | undefined,
    readonly mappings: readonly (readonly string[])[],
  ) {}

  get missing(): string | undefined {
    return this.#missing && missingMessage(this.#missing);
  }

  value(index: number, computed: readonly unknown[] = []): unknown {
    const resolved = this.#resolve(index, computed);
    if (resolved.found) return resolved.value;
    throw new ConfigError(missingMessage(resolved));
  }

  has(index: number, computed: readonly unknown[] = []): boolean {
    const resolved = this.#resolve(index, computed);
    if (!resolved.found) this.#missing = resolved;
    return resolved.found;
  }

  named(name: string): { readonly value: unknown } | undefined {
    return this.scope.has(name) ? { value: this.scope.get(name) } : undefined;
  }

  names(): Iterable<string> {
    return this.scope.names();
  }

  render(text: string, file: string): unknown {
    return evaluate(templateOr(text, { file, line: 1, column: 1 }), this.scope);
  }

  #resolve(index: number, computed: readonly unknown[]): Resolved {
    const given = this.paths[index];
    if (given === undefined) throw new ConfigError("the expression cannot be evaluated");
    const path = known(given, computed);
    if (path.root === OMIT_PATH && path.keys.length === 0 && !this.scope.has(OMIT_PATH))
      return { found: true, value: OMIT };
    return this.scope.resolve(path);
  }
}

/** A path with its computed keys put in. */
function known({ root, keys }: Path, computed: readonly unknown[]): KnownPath {
  let next = 0;
  const keyOf = (value: unknown) => (typeof value === "number" ? value : pythonText(value));
  return { root, keys: keys.map((key) => (key === COMPUTED ? keyOf(computed[next++]) : key)) };
}

function missingMessage({ missing, among, key }: Resolved & { found: false }): string {
  const near = didYouMean(key, among());
  return missing === ""
    ? `undefined variable '${key}'${near}`
    : `'${missing}' has no attribute '${key}'${near}`;
}
