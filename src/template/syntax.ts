import { ConfigError, type Position } from "../errors.js";
import { didYouMean } from "../values/nearest.js";

/** The marks of a template, and what becomes of the white space beside them: Jinja's settings. */
export interface Syntax {
  readonly blockStart: string;
  readonly blockEnd: string;
  readonly variableStart: string;
  readonly variableEnd: string;
  readonly commentStart: string;
  readonly commentEnd: string;
  /** Whether the newline after a block goes. */
  readonly trimBlocks: boolean;
  /** Whether the white space before a block goes, where nothing else stands on its line. */
  readonly lstripBlocks: boolean;
  /** Whether the last newline of every file stays, of included ones too. */
  readonly keepTrailingNewline: boolean;
  /** What ends the lines of its texts. */
  readonly newline: string;
  /** Whether what `{{ }}` comes to is escaped for XML, unless it ends with `| safe`. */
  readonly escapesXml?: boolean;
}

/** Ansible's settings. */
export const ANSIBLE_SYNTAX: Syntax = {
  blockStart: "{%",
  blockEnd: "%}",
  variableStart: "{{",
  variableEnd: "}}",
  commentStart: "{#",
  commentEnd: "#}",
  trimBlocks: true,
  lstripBlocks: false,
  keepTrailingNewline: false,
  newline: "\n",
};

/** For XML: values cannot break out of a text or an attribute. */
export const XML_SYNTAX: Syntax = { ...ANSIBLE_SYNTAX, lstripBlocks: true, escapesXml: true };

const TEXTS: Readonly<Record<string, keyof Syntax>> = {
  block_start_string: "blockStart",
  block_end_string: "blockEnd",
  variable_start_string: "variableStart",
  variable_end_string: "variableEnd",
  comment_start_string: "commentStart",
  comment_end_string: "commentEnd",
  newline_sequence: "newline",
};
const FLAGS: Readonly<Record<string, keyof Syntax>> = {
  trim_blocks: "trimBlocks",
  lstrip_blocks: "lstripBlocks",
  keep_trailing_newline: "keepTrailingNewline",
};
const NAMES = [...Object.keys(TEXTS), ...Object.keys(FLAGS)];

/** Settings under Jinja's names, as of the template module's arguments, over others; what is not given stays. */
export function withSettings(syntax: Syntax, settings: Readonly<Record<string, unknown>>): Syntax {
  const given = Object.entries({ ...TEXTS, ...FLAGS }).flatMap(([name, key]) =>
    settings[name] === undefined || settings[name] === null ? [] : [[key, settings[name]]],
  );
  return { ...syntax, ...Object.fromEntries(given) };
}

const HEADER = "#jinja2:";

/**
 * A template that begins with a line `#jinja2: trim_blocks: False, ...` has settings of its own.
 * @returns the template without that line @throws ConfigError for a setting that there is not
 */
export function withHeader(
  source: string,
  syntax: Syntax,
  position: Position | undefined,
): { source: string; syntax: Syntax; header: string } {
  if (!source.startsWith(HEADER)) return { source, syntax, header: "" };
  const end = source.indexOf("\n");
  const line = end < 0 ? source : source.slice(0, end + 1);
  const pairs = line.slice(HEADER.length).split(",");
  const settings = Object.fromEntries(pairs.map((pair) => settingOf(pair.trim(), position)));
  return { source: source.slice(line.length), syntax: withSettings(syntax, settings), header: line };
}

function settingOf(pair: string, position: Position | undefined): [string, unknown] {
  const [, name = "", written = ""] = /^(\w+)\s*:\s*([\s\S]*)$/.exec(pair) ?? [];
  if (Object.hasOwn(FLAGS, name) && /^(True|False)$/.test(written)) return [name, written === "True"];
  const text = /^(['"])([\s\S]*)\1$/.exec(written)?.[2];
  if (Object.hasOwn(TEXTS, name) && text) return [name, text.replaceAll("\\n", "\n").replaceAll("\\r", "\r")];
  const known = NAMES.includes(name);
  throw new ConfigError(
    known
      ? `the line '#jinja2:' sets '${name}' to what it cannot be: ${written}`
      : `the line '#jinja2:' has no setting '${name || pair}'${didYouMean(name, NAMES)}`,
    { position, hint: known ? "write True or False, or a text in quotes" : `known: ${NAMES.join(", ")}` },
  );
}
