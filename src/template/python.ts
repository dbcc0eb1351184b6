import { isPlainObject } from "../values/plain-object.js";
import { microsOfSpan, timeText } from "./times.js";

/** Values as Python shows and judges them; templates were written for Python. */

type Mapping = Record<string, unknown>;

export const isMapping = isPlainObject;

/** Python's `bool(value)`. */
export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (microsOfSpan(value) === 0) return false;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Python's `str(value)`; none is "None". */
export const pythonText = (value: unknown): string => (typeof value === "string" ? value : pythonRepr(value));

/** Python's `repr(value)`. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return stringRepr(value);
  if (typeof value === "number") return numberRepr(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  const time = timeText(value);
  if (time !== undefined) return time;
  if (isMapping(value))
    return `{${Object.entries(value)
      .map(([key, entry]) => `${stringRepr(key)}: ${pythonRepr(entry)}`)
      .join(", ")}}`;
  return String(value);
}

function numberRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  // Whole numbers this big were fractions once: the engine refuses others.
  const text = Number.isInteger(value) && Math.abs(value) >= 1e16 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

const ESCAPES: Mapping = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what repr escapes
  const escaped = text.replace(/[\\\n\r\t\u0000-\u001f\u007f]/g, (char) =>
    String(ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`),
  );
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** Python's `==` for plain values. */
export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  // True is 1.
  if (typeof left === "boolean" && typeof right === "number") return Number(left) === right;
  if (typeof left === "number" && typeof right === "boolean") return left === Number(right);
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  if (!isMapping(left) || !isMapping(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
  );
}

/** Python's `<=>` for plain values of one kind. */
export function compare(left: unknown, right: unknown): number {
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      const order = compare(left[index], right[index]);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  }
  const [a, b] = [left as number, right as number];
  return a < b ? -1 : a > b ? 1 : 0;
}
