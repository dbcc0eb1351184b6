import { dirname } from "node:path";
import { ConfigError } from "../errors.js";
import { escapeXml } from "./escape-xml.js";
import { asText, evaluateExpression } from "./evaluate.js";
import { checkStatements, placesIn, renderStatements, split } from "./render.js";
import { Scope } from "./scope.js";
import { type FileSearch, withKind } from "./search.js";
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
export function renderFile(file: TemplateFile, scope: Scope, options: Options = {}): string {
  const { source, segments, placeOf, around } = opened(file, scope, options);
  const { position, syntax } = around;
  if (!segments.some(({ kind }) => kind === "statement"))
    return withLastNewlines(
      source,
      segments
        .map((segment) => {
          if (segment.kind === "text") return segment.body;
          const text = placed(placeOf(segment), () =>
            asText(evaluateExpression(segment.body, scope, position, "escapes", true)),
          );
          return segment.escaped ? escapeXml(text) : text;
        })
        .join(""),
      syntax.newline,
    );
  return withLastNewlines(source, renderStatements({ segments, placeOf }, around).text, syntax.newline);
}

/** As far as that can be told without variables, whether a file can be rendered. @throws ConfigError with line and column */
export function checkFile(file: TemplateFile, files: FileSearch, options: Options = {}): void {
  const { segments, placeOf, around } = opened(file, new Scope([], files), options);
  checkStatements({ segments, placeOf }, around);
}

function opened({ path, text }: TemplateFile, scope: Scope, options: Options) {
  const shown = scope.files?.shown(path) ?? path;
  const position = { file: shown, line: 1, column: 1 };
  const { source, syntax, header } = withHeader(text, options.syntax ?? ANSIBLE_SYNTAX, position);
  const segments = split(source, syntax, position);
  const inherited = scope.files?.directories ?? [];
  const beside = dirname(path);
  const search = options.besideFirst
    ? [beside, ...withKind(inherited, "templates")]
    : withKind([...inherited, beside], "templates");
  const around = { scope, syntax, search, position, backslashes: "escapes" } as const;
  return { source, segments, placeOf: placesIn(shown, source, header), around };
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
