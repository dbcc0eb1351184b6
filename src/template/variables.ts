import { ConfigError, type Position } from "../errors.js";
import { didYouMean } from "../values/nearest.js";
import type { Kwargs } from "./filters/call.js";
import type { Variables } from "./frame.js";
import { OMIT } from "./omit.js";
import { pythonText } from "./python.js";
import { COMPUTED, type KnownPath, type Path } from "./rewritten.js";
import type { Resolved, Scope } from "./scope.js";
import { ANSIBLE_SYNTAX, withSettings } from "./syntax.js";
import { renderFile, type TemplateFile } from "./template-file.js";

const OMIT_PATH = "omit";

interface Given {
  readonly mappings?: Variables["mappings"];
  readonly places?: Variables["places"];
  readonly template?: Variables["template"];
  readonly lineIn?: Variables["lineIn"];
}

/** The paths of one expression or template, looked up in a scope when the engine reaches them. */
export class ScopeVariables implements Variables {
  readonly mappings: Variables["mappings"];
  readonly places: Variables["places"];
  readonly template: Variables["template"];
  readonly lineIn: Variables["lineIn"];
  /** The last path that was asked for and is not there. */
  #missing: (Resolved & { found: false }) | undefined;

  constructor(
    private readonly paths: readonly Path[],
    readonly scope: Scope,
    readonly position: Position | undefined,
    given: Given = {},
  ) {
    this.mappings = given.mappings;
    this.places = given.places;
    this.template = given.template;
    this.lineIn = given.lineIn;
  }

  get missing(): string | undefined {
    return this.#missing && missingMessage(this.#missing);
  }

  value(index: number, computed: readonly unknown[] = []): unknown {
    const resolved = this.#resolve(index, computed);
    if (resolved.found) return resolved.value;
    throw new ConfigError(missingMessage(resolved), { position: this.paths[index]?.position });
  }

  has(index: number, computed: readonly unknown[] = []): boolean {
    const resolved = this.#resolve(index, computed);
    if (!resolved.found) this.#missing = resolved;
    return resolved.found;
  }

  /** Whether a whole number that stands at a path is a fraction to Python. */
  isFraction(index: number, computed: readonly unknown[] = []): boolean {
    const given = this.paths[index];
    return given !== undefined && this.scope.isFraction(known(given, computed));
  }

  placeOf(index: number): Position | undefined {
    return this.paths[index]?.position;
  }

  named(name: string): { readonly value: unknown } | undefined {
    return this.scope.has(name) ? { value: this.scope.get(name) } : undefined;
  }

  names(): Iterable<string> {
    return this.scope.names();
  }

  render(file: TemplateFile, more: Kwargs, settings: Kwargs): string {
    const syntax = withSettings(ANSIBLE_SYNTAX, settings);
    return renderFile(file, this.scope.child(more), { syntax, besideFirst: true });
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
