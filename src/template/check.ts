import type { Position } from "../errors.js";
import { Template } from "../values/template.js";
import { checkSyntax } from "./check-syntax.js";
import { placedAt } from "./evaluate.js";
import { checkStatements } from "./render.js";
import { rewrite } from "./rewrite.js";
import { Scope } from "./scope.js";
import { segmentsOf } from "./segments.js";
import { ANSIBLE_SYNTAX } from "./syntax.js";
import type { Backslashes } from "./tokens.js";
import { VOCABULARY } from "./vocabulary.js";

/**
 * Sees to the syntax and to the names of filters, tests, functions and look-ups in all Templates of a value, in branches that are never reached too: whatever
 * the variables are. @throws ConfigError at the Template's position
 */
export function checkTemplates(value: unknown): void {
  if (value instanceof Template) checkTemplate(value);
  else if (typeof value === "object" && value !== null)
    for (const each of Object.values(value)) checkTemplates(each);
}

/** The same for an expression without marks, as in `when`. @throws ConfigError */
export function checkExpression(expression: string, position: Position | undefined): void {
  if (expression.trim() !== "") placedAt(position, () => checkRewritten(expression, "escapes"));
}

function checkRewritten(expression: string, backslashes: Backslashes): void {
  const { code, only } = rewrite(expression, VOCABULARY, undefined, undefined, backslashes);
  if (!only) checkSyntax(`{{ ${code} }}`);
}

function checkTemplate({ source, position }: Template): void {
  placedAt(position, () => {
    const segments = segmentsOf(source);
    if (segments.some(({ kind }) => kind === "statement")) {
      const around = {
        scope: new Scope(),
        syntax: ANSIBLE_SYNTAX,
        search: [],
        position,
        backslashes: "plain",
      } as const;
      checkStatements({ segments, placeOf: () => position }, around);
    } else for (const { kind, body } of segments) if (kind === "expression") checkRewritten(body, "plain");
  });
}
