import { equal, isMapping, pythonText } from "../../template/python.js";
import type { Mapping } from "../../values/mapping.js";
import { excludingComplaints, lackingComplaints } from "./check-relations.js";
import { converted, pythonType, WrongType } from "./convert.js";
import type { Option, Options } from "./option.js";

/** What is said of values, and those that no option takes. */
interface Findings {
  readonly messages: string[];
  readonly unknown: { readonly name: string; readonly options: Options }[];
}

/** What is wrong with values that options describe, in Ansible's words and order; nothing: all is right. */
export function complaints(options: Options, values: Mapping): string[] {
  const found: Findings = { messages: [], unknown: [] };
  checkLevel(options, values, {}, [], found);
  const { messages, unknown } = found;
  return unknown.length === 0 ? messages : [...messages, unknownMessage(unknown)];
}

/** @param relations what the options of this level have to do with each other @param context names of the options around */
function checkLevel(
  options: Options,
  given: Mapping,
  relations: Option,
  context: readonly string[],
  found: Findings,
): void {
  const { messages } = found;
  const values = withAliases(options, given);
  noteUnknown(options, given, context, found);
  const tell = (all: readonly string[]) => messages.push(...all.map((message) => message + within(context)));
  tell(excludingComplaints(relations, values));
  const full: Record<string, unknown> = withDefaults(options, values);
  const missing = Object.keys(options).filter(
    (name) => options[name]?.required && !Object.hasOwn(full, name),
  );
  if (missing.length > 0) tell([`missing required arguments: ${missing.sort().join(", ")}`]);
  for (const [name, option] of Object.entries(options)) checkType(name, option, full, context, messages);
  for (const [name, option] of Object.entries(options)) checkChoices(name, option, full, context, messages);
  tell(lackingComplaints(relations, full));
  for (const [name, option] of Object.entries(options)) checkInside(name, option, full, context, found);
}

const within = (context: readonly string[]): string =>
  context.length === 0 ? "" : ` found in ${context.join(" -> ")}`;

/** An option's value under its own name. */
function withAliases(options: Options, given: Mapping): Mapping {
  const values: Record<string, unknown> = { ...given };
  for (const [name, { aliases = [] }] of Object.entries(options))
    for (const alias of aliases) if (Object.hasOwn(given, alias)) values[name] = given[alias];
  return values;
}

function withDefaults(options: Options, values: Mapping): Record<string, unknown> {
  const defaults = Object.entries(options).flatMap(([name, { default: value }]) =>
    value === undefined || value === null || Object.hasOwn(values, name) ? [] : [[name, value]],
  );
  return { ...values, ...Object.fromEntries(defaults) };
}

function noteUnknown(
  options: Options,
  given: Mapping,
  context: readonly string[],
  { unknown }: Findings,
): void {
  const known = new Set(Object.entries(options).flatMap(([name, { aliases = [] }]) => [name, ...aliases]));
  for (const name of Object.keys(given))
    if (!known.has(name)) unknown.push({ name: [...context, name].join("."), options });
}

function unknownMessage(unknown: Findings["unknown"]): string {
  const names = unknown.map(({ name }) => name).sort();
  const options = unknown.at(-1)?.options ?? {};
  const aliases = Object.values(options).flatMap((each) => each.aliases ?? []);
  const also = aliases.length > 0 ? ` (${aliases.sort().join(", ")})` : "";
  return `${names.join(", ")}. Supported parameters include: ${Object.keys(options).sort().join(", ")}${also}.`;
}

/** Puts what it was converted to in the value's place. */
function checkType(
  name: string,
  { type = "str", elements }: Option,
  values: Record<string, unknown>,
  context: readonly string[],
  messages: string[],
): void {
  const value = values[name];
  if (value === undefined || value === null) return;
  const path = context.join(" -> ");
  try {
    const now = converted(type, value);
    values[name] = now;
    if (elements === undefined || !Array.isArray(now)) return;
    values[name] = now.flatMap((each) => {
      const message = wrongElement(name, elements, each, path);
      if (message !== undefined) messages.push(message);
      return message === undefined ? [converted(elements, each)] : [];
    });
  } catch (error) {
    if (!(error instanceof WrongType)) throw error;
    const where = path === "" ? "" : ` found in '${path}'.`;
    messages.push(
      `argument '${name}' is of type ${pythonType(value)}${where} and we were unable to convert to ${type}: ${error.message}`,
    );
  }
}

function wrongElement(
  name: string,
  type: NonNullable<Option["elements"]>,
  value: unknown,
  path: string,
): string | undefined {
  try {
    converted(type, value);
    return undefined;
  } catch (error) {
    if (!(error instanceof WrongType)) throw error;
    const where = path === "" ? "" : ` found in '${path}'`;
    return `Elements value for option '${name}'${where} is of type ${pythonType(value)} and we were unable to convert to ${type}: ${error.message}`;
  }
}

function checkChoices(
  name: string,
  { choices }: Option,
  values: Mapping,
  context: readonly string[],
  messages: string[],
): void {
  if (!choices || !Object.hasOwn(values, name)) return;
  const value = values[name];
  const isChoice = (one: unknown) => choices.some((choice) => equal(choice, one));
  const all = choices.map(pythonText).join(", ");
  if (!Array.isArray(value)) {
    if (!isChoice(value))
      messages.push(`value of ${name} must be one of: ${all}, got: ${pythonText(value)}${within(context)}`);
    return;
  }
  const others = value.filter((one) => !isChoice(one)).map(pythonText);
  if (others.length > 0)
    messages.push(
      `value of ${name} must be one or more of: ${all}. Got no match for: ${others.join(", ")}${within(context)}`,
    );
}

/** The options of a dict, or of each dict of a list. */
function checkInside(
  name: string,
  option: Option,
  values: Mapping,
  context: readonly string[],
  found: Findings,
): void {
  const { type, elements, options, apply_defaults } = option;
  if (!options || !(type === "dict" || (type === "list" && elements === "dict"))) return;
  const value = values[name] ?? (apply_defaults ? {} : undefined);
  if (value === undefined || value === null) return;
  for (const each of Array.isArray(value) ? value : [value])
    if (isMapping(each)) checkLevel(options, each, option, [...context, name], found);
    else found.messages.push(`value of '${name}' must be of type dict or list of dicts`);
}
