import { ConfigError } from "../../errors.js";
import { isMapping, pythonText, truthy } from "../python.js";
import { UNDEFINED_MARK } from "../values.js";
import { type Call, type Filters, kindOf } from "./call.js";
import { printf } from "./printf.js";

/** `shlex.quote`. */
export const shellQuote = (text: string): string =>
  text !== "" && /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

const TRUE_TEXTS = new Set(["yes", "on", "1", "true"]);
const FALSE_TEXTS = new Set(["no", "off", "0", "false"]);

/** What `truthy(convert_bool=true)` makes of a value: a text that means a boolean is one. */
export function convertBool(value: unknown): unknown {
  const text = typeof value === "string" || typeof value === "number" ? pythonText(value).toLowerCase() : "";
  if (TRUE_TEXTS.has(text) || /^[yt]$/.test(text)) return true;
  return FALSE_TEXTS.has(text) || /^[nf]$/.test(text) ? false : value;
}

/** Ansible's `bool`: what it does not know is false. */
const bool = ({ value }: Call): boolean | null =>
  typeof value === "boolean" || value === null ? value : TRUE_TEXTS.has(pythonText(value).toLowerCase());

function int(call: Call): unknown {
  const { value } = call;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return Math.trunc(value);
  const fallback = call.arg(0, "default", 0);
  const base = call.number(1, "base", 10);
  const text = typeof value === "string" ? value.trim().replaceAll("_", "").toLowerCase() : "";
  const digits = text.replace(base === 16 ? /^0x/ : base === 8 ? /^0o/ : base === 2 ? /^0b/ : /^\b\B/, "");
  const valid = new RegExp(`^[-+]?[${"0123456789abcdefghijklmnopqrstuvwxyz".slice(0, base)}]+$`);
  if (valid.test(digits)) return Number.parseInt(digits, base);
  return base === 10 && /^[-+]?\d*\.?\d+(e[-+]?\d+)?$/.test(text) ? Math.trunc(Number(text)) : fallback;
}

function float(call: Call): unknown {
  const number = typeof call.value === "string" && call.value.trim() === "" ? Number.NaN : Number(call.value);
  return Number.isNaN(number) || call.value === null ? call.arg(0, "default", 0) : number;
}

function ternary(call: Call): unknown {
  const none = call.arg(2, "none_val");
  if (call.value === null && none !== null) return none;
  return truthy(call.value) ? call.arg(0, "true_val") : call.arg(1, "false_val");
}

function typeDebug({ value }: Call): string {
  if (value === null) return "NoneType";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return Array.isArray(value) ? "list" : isMapping(value) ? "dict" : kindOf(value);
}

function title({ value }: Call): string {
  return pythonText(value)
    .toLowerCase()
    .replace(/(^|[-\s({[<])(\S)/g, (_, before, first) => before + first.toUpperCase());
}

function round(call: Call): number {
  const scale = 10 ** call.number(0, "precision", 0);
  const number = Number(call.value) * scale;
  const method = call.text(1, "method", "common");
  if (method === "ceil") return Math.ceil(number) / scale;
  if (method === "floor") return Math.floor(number) / scale;
  const low = Math.floor(number);
  // Python rounds a half to the even neighbour.
  const rounded = number - low === 0.5 ? low + (Math.abs(low % 2) === 1 ? 1 : 0) : Math.round(number);
  return rounded / scale;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

/** markupsafe's. */
const escaped = ({ value }: Call): string =>
  pythonText(value).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

export const TEXT_FILTERS: Filters = {
  bool,
  int,
  float,
  round,
  ternary,
  type_debug: typeDebug,
  title,
  escape: escaped,
  e: escaped,
  forceescape: escaped,
  quote: (call) => shellQuote(call.value === null ? "" : pythonText(call.value)),
  string: (call) => pythonText(call.value),
  format: (call) => printf(pythonText(call.value), call.args.length > 0 ? call.args : [call.kwargs]),
  mandatory: (call) => {
    // Without a message what is undefined is told before this is called.
    if (call.value === UNDEFINED_MARK)
      throw new ConfigError(call.text(0, "msg", "a mandatory value is undefined"));
    return call.value;
  },
};
