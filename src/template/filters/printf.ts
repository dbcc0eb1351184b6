import { ConfigError } from "../../errors.js";
import { isMapping, pythonRepr, pythonText } from "../python.js";

const MAX_WIDTH = 10_000;

/** Python's `format % args`. */
export function printf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const take = (name: string | undefined) => {
    const [first] = args;
    if (name !== undefined) return isMapping(first) ? first[name] : undefined;
    if (next >= args.length) throw new ConfigError("not enough arguments for the format text");
    return args[next++];
  };
  return format.replace(
    /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_, name, flags, width, precision, type) =>
      type === "%" ? "%" : pad(convert(type, take(name), precision, flags), flags, Number(width ?? 0)),
  );
}

function convert(type: string, value: unknown, precision: string | undefined, flags: string): string {
  if (type === "s" || type === "r") {
    const text = type === "s" ? pythonText(value) : pythonRepr(value);
    return precision === undefined ? text : text.slice(0, Number(precision));
  }
  const number = Number(value);
  if (Number.isNaN(number) || value === null)
    throw new ConfigError(`%${type} needs a number, got '${pythonText(value)}'`);
  const text = numberText(type, number, precision);
  return flags.includes("+") && number >= 0 ? `+${text}` : text;
}

function numberText(type: string, number: number, precision: string | undefined): string {
  const whole = Math.trunc(number);
  const digits = Math.min(Number(precision ?? 6), 100);
  switch (type) {
    case "d":
    case "i":
    case "u":
      return String(whole);
    case "x":
      return whole.toString(16);
    case "X":
      return whole.toString(16).toUpperCase();
    case "o":
      return whole.toString(8);
    case "f":
    case "F":
      return number.toFixed(digits);
    case "e":
      return number.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
    case "g":
      return String(Number(number.toPrecision(Math.max(digits, 1))));
    case "c":
      return String.fromCodePoint(whole);
    default:
      throw new ConfigError(`'%${type}' is no conversion of a format text`);
  }
}

function pad(text: string, flags: string, width: number): string {
  if (width > MAX_WIDTH) throw new ConfigError("the width in a format text is too big");
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0")) return text.padStart(width);
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

/** Python's `format.format(args, names)`; of format specifications the printf-like ones. */
export function braceFormat(
  format: string,
  args: readonly unknown[],
  names: Readonly<Record<string, unknown>>,
): string {
  let next = 0;
  const argumentFor = (key: string) => {
    if (key === "") return args[next++];
    return /^\d+$/.test(key) ? args[Number(key)] : names[key];
  };
  return format.replace(/\{\{|\}\}|\{(\w*)(?::([^}]*))?\}/g, (whole, key, specification) => {
    if (whole === "{{" || whole === "}}") return whole[0] ?? "";
    const value = argumentFor(key);
    if (value === undefined) throw new ConfigError(`the format text has no value for '${whole}'`);
    return specification ? specified(value, specification) : pythonText(value);
  });
}

/** Text stands to the left and numbers to the right, unless `<` or `>` say otherwise. */
function specified(value: unknown, specification: string): string {
  const [, side, rest = ""] = /^([<>]?)(.*)$/.exec(specification) ?? [];
  const left = side === "<" || (side === "" && typeof value === "string");
  return printf(`%${left ? "-" : ""}${rest}${/[a-zA-Z]$/.test(rest) ? "" : "s"}`, [value]);
}
