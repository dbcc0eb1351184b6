import { ConfigError } from "../../errors.js";
import { type Mapping, overlay, setEntry } from "../../values/mapping.js";
import { setPosition } from "../../values/position.js";
import { Problems } from "../../values/problems.js";
import { templateOr } from "../../values/template.js";
import { userPath } from "../files/user-file.js";
import type { UserFiles } from "../files/user-files.js";
import { asVariables, readVarsFile } from "../inventory/vars-file.js";

interface ExtraVarsOptions {
  /** `--vars FILE`, in order. */
  readonly vars: readonly string[];
  /** `-e`, in order: `k=v k2="v 2"`, a JSON or YAML mapping, or `@FILE`. They win over the files. */
  readonly extraVars: readonly string[];
  readonly files: UserFiles;
}

/** The variables that win over all others. @throws ConfigError(s) */
export async function loadExtraVars({ vars, extraVars, files }: ExtraVarsOptions): Promise<Mapping> {
  const problems = new Problems();
  const file = (path: string) => readVarsFile(userPath(path, files.cwd), files);
  const layers: (Mapping | undefined)[] = [];
  for (const path of vars) layers.push(await problems.attemptAsync(() => file(path)));
  for (const text of extraVars)
    layers.push(
      await problems.attemptAsync(async () =>
        text.startsWith("@") ? file(text.slice(1)) : parseExtraVars(text, files),
      ),
    );
  problems.throwIfAny();
  return overlay(layers.filter((layer) => layer !== undefined));
}

/** What one `-e` says, but for `@FILE`. @throws ConfigError(s) with the place in the argument */
export function parseExtraVars(text: string, files: UserFiles): Mapping {
  if (/^\s*[{[]/.test(text) && !/^\s*\{[{%#]/.test(text)) return asVariables(files.parse(text, "-e"), "-e");
  const result = {};
  for (const { word, column } of words(text)) {
    const position = { file: "-e", line: 1, column };
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined)
      throw new ConfigError(`'${word}' is not NAME=VALUE`, {
        position,
        hint: "-e takes NAME=VALUE, a mapping '{\"NAME\": VALUE}' or @FILE",
      });
    setEntry(result, name, templateOr(unquote(value), position));
    setPosition(result, position, name);
  }
  return result;
}

const WORD =
  /(?:\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\\[\s\S]|[^\s"'])+|["']/g;

/** Words as Ansible splits them: quotes and template marks keep white space together, quotes stay. */
function words(text: string): { word: string; column: number }[] {
  return [...text.matchAll(WORD)].map(({ 0: word, index }) => {
    if (word === '"' || word === "'")
      throw new ConfigError("a quote is not closed", {
        position: { file: "-e", line: 1, column: index + 1 },
      });
    return { word, column: index + 1 };
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** Quotes around the whole value go; backslash escapes are Python's. */
function unquote(value: string): string {
  const [, , inner] = /^(["'])([\s\S]*)\1$/.exec(value) ?? [];
  return (inner ?? value).replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([ntr\\"']))/gi,
    (all, x: string | undefined, u: string | undefined, letter: string | undefined) => {
      const code = x ?? u;
      return code === undefined
        ? (ESCAPES[letter ?? ""] ?? all)
        : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
}
