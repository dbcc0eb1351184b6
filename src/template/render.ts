import { readFileSync } from "node:fs";
import { ConfigError, type Position } from "../errors.js";
import { cellsOf } from "./changes.js";
import { checkSyntax } from "./check-syntax.js";
import { type Rendered, renderCode } from "./environment.js";
import { pythonText } from "./python.js";
import type { Path } from "./rewritten.js";
import type { Scope } from "./scope.js";
import { findTemplate } from "./search.js";
import { type Segment, segmentsOf } from "./segments.js";
import { importParts, keywordOf } from "./statement-parts.js";
import { localsOf, rewriteStatements } from "./statements.js";
import type { Syntax } from "./syntax.js";
import type { Backslashes } from "./tokens.js";
import { ScopeVariables } from "./variables.js";
import { VOCABULARY } from "./vocabulary.js";

/** A template's source, taken apart. */
export interface Source {
  readonly segments: readonly Segment[];
  /** Where a segment stands, as far as that is known. */
  readonly placeOf: (segment: Segment) => Position | undefined;
}

interface Surroundings {
  readonly scope: Scope;
  readonly syntax: Syntax;
  /** Where templates that are included are looked for. */
  readonly search: readonly string[];
  readonly position: Position | undefined;
  readonly backslashes: Backslashes;
}

/** The engine came to a template that it had not been given; with it, it begins anew. */
class MoreTemplates extends Error {}

/** Renders a template that holds statements, with those that it includes, extends or imports. @throws ConfigError */
export function renderStatements(main: Source, around: Surroundings): Rendered {
  const bundle = new Bundle(main, around);
  for (;;) {
    try {
      return bundle.render();
    } catch (error) {
      if (!(error instanceof MoreTemplates)) throw error;
    }
  }
}

/** As far as that can be told without variables, whether it can be rendered. @throws ConfigError */
export function checkStatements(main: Source, around: Surroundings): void {
  new Bundle(main, around).check();
}

/** Where the segments of a whole file stand. @param header what stands before the source in the file */
export const placesIn =
  (file: string, source: string, header = "") =>
  ({ offset }: Pick<Segment, "offset">): Position => {
    const before = (header + source).slice(0, header.length + offset).split(/\r\n|\r|\n/);
    return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };

/** Templates that belong together; the first is the one to render. */
class Bundle {
  readonly #sources: Source[];
  readonly #numbers = new Map<string, number>();

  constructor(
    main: Source,
    private readonly around: Surroundings,
  ) {
    this.#sources = [main];
    this.#readAhead(main);
  }

  /** The code of each source. @throws ConfigError for what is wrong whatever the variables are */
  rewritten() {
    const { backslashes } = this.around;
    const program = {
      vocabulary: VOCABULARY,
      locals: new Set(this.#sources.flatMap(({ segments }) => [...localsOf(segments)])),
      cells: cellsOf(this.#sources.flatMap(({ segments }) => segments)),
      paths: [] as Path[],
      mappings: [] as (readonly string[])[],
      places: [] as (Position | undefined)[],
      backslashes,
    };
    const codes = this.#sources.map(({ segments, placeOf }) => rewriteStatements(segments, program, placeOf));
    return { program, codes };
  }

  check(): void {
    for (const [index, code] of this.rewritten().codes.entries())
      checkSyntax(code, engineName(index), (name, line) => this.#lineIn(name, line));
  }

  render(): Rendered {
    const { scope, position } = this.around;
    const { program, codes } = this.rewritten();
    const [main = "", ...others] = codes;
    const variables = new ScopeVariables(program.paths, scope, position, {
      mappings: program.mappings,
      places: program.places,
      template: (names, place, ignoresMissing) =>
        this.#named(names, program.places[place] ?? position, ignoresMissing),
      lineIn: (name, line) => this.#lineIn(name, line),
    });
    return renderCode(main, new Map(others.map((code, index) => [engineName(index + 1), code])), variables);
  }

  /** What the engine calls the first of these templates that there is. @throws ConfigError without one, MoreTemplates for a new one */
  #named(given: unknown, position: Position | undefined, ignoresMissing: boolean): string {
    const { search, scope } = this.around;
    const names = [given].flat().map(pythonText);
    for (const name of names) {
      const path = findTemplate(name, search);
      if (path === undefined) continue;
      const known = this.#numbers.get(path);
      if (known !== undefined) return engineName(known);
      this.#add(path, position);
      throw new MoreTemplates(path);
    }
    if (ignoresMissing) return engineName(0);
    const shown = (path: string) => scope.files?.shown(path) ?? path;
    const hint = search.length > 0 ? `looked in ${search.map(shown).join(", ")}` : undefined;
    throw new ConfigError(`there is no template '${names.join("', '")}'`, { position, hint });
  }

  /** What stands on a line of a source that the engine complains about. */
  #lineIn(name: string, line: number): Position | undefined {
    const number = Number(/^template(\d+)$/.exec(name)?.[1] ?? 0);
    const { segments, placeOf } = this.#sources[number] ?? { segments: [], placeOf: () => undefined };
    const marked = segments.filter(({ kind }) => kind !== "text").map(placeOf);
    return (
      marked.find((place) => place?.line === line) ??
      marked.findLast((place) => place !== undefined && place.line < line)
    );
  }

  #add(path: string, position: Position | undefined): void {
    const { files } = this.around.scope;
    const text = files?.text(path) ?? readFileSync(path, "utf8");
    const placeOf = placesIn(files?.shown(path) ?? path, text);
    const source = { segments: split(text, this.around.syntax, placeOf({ offset: 0 }) ?? position), placeOf };
    this.#numbers.set(path, this.#sources.push(source) - 1);
    this.#readAhead(source);
  }

  /** Templates that are named without expressions, so that the engine need not begin anew for them. */
  #readAhead({ segments, placeOf }: Source): void {
    for (const segment of segments) {
      if (segment.kind !== "statement") continue;
      const { keyword, rest } = keywordOf(segment.body);
      if (!/^(?:include|extends|import|from)$/.test(keyword)) continue;
      const name = /^(['"])([^'"\\]+)\1$/.exec(importParts(keyword, rest).name)?.[2];
      const path = name === undefined ? undefined : findTemplate(name, this.around.search);
      if (path !== undefined && !this.#numbers.has(path)) this.#add(path, placeOf(segment));
    }
  }
}

/** Without an ending: the engine would escape what is called `.html`. */
const engineName = (number: number): string => `template${number}`;

/** The segments of a source; mistakes are told with its place. @throws ConfigError */
export function split(source: string, syntax: Syntax, position: Position | undefined): Segment[] {
  try {
    return segmentsOf(source, syntax);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.position || !position) throw error;
    throw new ConfigError(error.message, { position, hint: error.hint, cause: error });
  }
}
