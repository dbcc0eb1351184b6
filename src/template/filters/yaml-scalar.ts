import { pythonText } from "../python.js";

/** In which ways PyYAML may write a scalar. */
export interface Analysis {
  readonly text: string;
  readonly empty: boolean;
  readonly multiline: boolean;
  /** Whether the plain text would be read as the same value. */
  readonly implicit: boolean;
  readonly flowPlain: boolean;
  readonly blockPlain: boolean;
  readonly single: boolean;
}

/** YAML 1.1's forms of what is no text. */
const NO_TEXT = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^[-+]?0b[0-1_]+$/,
  /^[-+]?0[0-7_]+$/,
  /^[-+]?(?:0|[1-9][0-9_]*)$/,
  /^[-+]?0x[0-9a-fA-F_]+$/,
  /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
];

/** How a value is written as a scalar, e.g. true as `true`. */
export function analyse(value: unknown): Analysis {
  if (typeof value === "string") return analyseText(value, !NO_TEXT.some((form) => form.test(value)));
  const text = value === null || value === undefined ? "null" : scalarText(value);
  return analyseText(text, true);
}

function scalarText(value: unknown): string {
  if (typeof value === "boolean") return String(value);
  // PyYAML's own numbers need a point: 1e+20 would be a text.
  return pythonText(value).replace(/^(-?\d+)e/, "$1.0e");
}

const BREAK = "\\n\\u0085\\u2028\\u2029";
const SPECIAL = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const BREAKS = new RegExp(`[${BREAK}]`);
const EDGE = new RegExp(`^[ ${BREAK}]|[ ${BREAK}]$`);
const BREAK_SPACE = new RegExp(`[${BREAK}] `);
const SPACE_BREAK = new RegExp(` [${BREAK}]`);
const GAP = `(?=[\\0 \\t\\r${BREAK}]|$)`;
/** What a text in brackets, and one outside of them, must not hold to stand without quotes. */
const FLOW = /^(?:---|\.\.\.)|^[#,[\]{}&*!|>'"%@`?:]|[,?[\]{}:]/;
const BLOCK = new RegExp(
  `^(?:---|\\.\\.\\.)|^[#,[\\]{}&*!|>'"%@\`]|^[?-]${GAP}|:${GAP}|[\\0 \\t\\r${BREAK}]#`,
);
const LONE_DASH = new RegExp(`^-${GAP}|[\\0 \\t\\r${BREAK}]#`);

function analyseText(text: string, implicit: boolean): Analysis {
  const multiline = BREAKS.test(text) || text.includes("\r");
  if (text === "")
    return { text, empty: true, multiline, implicit, flowPlain: false, blockPlain: true, single: true };
  const quoted = SPACE_BREAK.test(text) || SPECIAL.test(text) || BREAK_SPACE.test(text);
  const plain = !quoted && !multiline && !EDGE.test(text);
  return {
    text,
    empty: false,
    multiline,
    implicit,
    flowPlain: plain && !FLOW.test(text) && !LONE_DASH.test(text),
    blockPlain: plain && !BLOCK.test(text),
    single: !quoted,
  };
}
