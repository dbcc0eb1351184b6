import { dirname } from "node:path";
import { ConfigError } from "../errors.js";
import { escapeXml } from "./escape-xml.js";
import { asText, evaluateExpression } from "./evaluate.js";
import { placesIn, renderStatements, split } from "./render.js";
import type { Scope } from "./scope.js";
import { withKind } from "./search.js";
import { ANSIBLE_SYNTAX, type Syntax, withHeader } from "./syntax.js";

/** A template of the user's with its place. */
export interface TemplateFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

interface Options {
  readonly syntax?: Syntax;
  /** Whether what stands beside the template is looked at first, as by `lookup`, or last. */
  readonly besideFirst?: boolean;
}

/** Renders a file. @throws ConfigError with line and column */
export function renderFile({ path, text }: TemplateFile, scope: Scope, options: Options = {}): string {
  const shown = scope.files?.shown(path) ?? path;
  const start = { file: shown, line: 1, column: 1 };
  const { source, syntax, header } = withHeader(text, options.syntax ?? ANSIBLE_SYNTAX, start);
  const segments = split(source, syntax, start);
  const placeOf = placesIn(shown, source, header);
  if (!segments.some(({ kind }) => kind === "statement"))
    return withLastNewlines(
      source,
      segments
        .map((segment) => {
          if (segment.kind === "text") return segment.body;
          const text = placed(placeOf(segment), () =>
            asText(evaluateExpression(segment.body, scope, start, "escapes", true)),
          );
          return segment.escaped ? escapeXml(text) : text;
        })
        .join(""),
      syntax.newline,
    );
  const inherited = scope.files?.directories ?? [];
  const beside = dirname(path);
  const search = options.besideFirst
    ? [beside, ...withKind(inherited, "templates")]
    : withKind([...inherited, beside], "templates");
  const around = { scope, syntax, search, position: start, backslashes: "escapes" } as const;
  const rendered = renderStatements({ segments, placeOf }, around);
  return withLastNewlines(source, rendered, syntax.newline);
}

function placed<T>(position: ReturnType<ReturnType<typeof placesIn>>, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ConfigError) || (error.position && error.position.column !== 1)) throw error;
    throw new ConfigError(error.message, { position, hint: error.hint, cause: error });
  }
}

/** At least as many newlines at the end as the source has, as Ansible sees to. */
export function withLastNewlines(source: string, rendered: string, newline = "\n"): string {
  const count = (text: string) => /\n*$/.exec(text)?.[0].length ?? 0;
  const lacking = count(source) - count(rendered);
  return lacking > 0 ? rendered + newline.repeat(lacking) : rendered;
}
