import { createHash, getHashes } from "node:crypto";
import { parse, stringify } from "yaml";
import { isMapping, pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";

const subject = (call: Call) => pythonText(call.value);

function digest(call: Call, algorithm: string): string {
  if (!getHashes().includes(algorithm)) call.fail(`knows no algorithm '${algorithm}'`);
  return createHash(algorithm).update(subject(call)).digest("hex");
}

/** Python's `json.dumps`: a space after separators, only ASCII. */
function pythonJson(value: unknown, indent: number, sorted: boolean, level = 1): string {
  const [open, between, close] = indent
    ? [
        `\n${" ".repeat(indent * level)}`,
        `,\n${" ".repeat(indent * level)}`,
        `\n${" ".repeat(indent * (level - 1))}`,
      ]
    : ["", ", ", ""];
  const nested = (entry: unknown) => pythonJson(entry, indent, sorted, level + 1);
  if (Array.isArray(value))
    return value.length === 0 ? "[]" : `[${open}${value.map(nested).join(between)}${close}]`;
  if (!isMapping(value)) return ascii(JSON.stringify(value ?? null));
  const keys = sorted ? Object.keys(value).sort() : Object.keys(value);
  const entries = keys.map((key) => `${ascii(JSON.stringify(key))}: ${nested(value[key])}`);
  return entries.length === 0 ? "{}" : `{${open}${entries.join(between)}${close}}`;
}

const ascii = (json: string) =>
  json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

function fromJson(call: Call): unknown {
  try {
    return JSON.parse(subject(call));
  } catch (cause) {
    return call.fail(`was given a text that is not JSON: ${(cause as Error).message.slice(0, 100)}`);
  }
}

function fromYaml(call: Call): unknown {
  if (call.value === null) return null;
  try {
    return parse(subject(call), { version: "1.1", maxAliasCount: 100, logLevel: "silent" });
  } catch (cause) {
    return call.fail(`was given a text that is not YAML: ${(cause as Error).message.split("\n")[0]}`);
  }
}

const toYaml =
  (defaultIndent: number) =>
  (call: Call): string =>
    stringify(call.value, {
      indent: call.number(0, "indent", defaultIndent),
      indentSeq: false,
      sortMapEntries: truthy(call.kwargs["sort_keys"] ?? true),
      singleQuote: true,
      version: "1.1",
      aliasDuplicateObjects: false,
      lineWidth: Number(call.kwargs["width"] ?? 80),
    });

export const ENCODING_FILTERS: Filters = {
  from_json: fromJson,
  to_json: (call) =>
    pythonJson(call.value, Number(call.kwargs["indent"] ?? 0), truthy(call.kwargs["sort_keys"] ?? false)),
  tojson: (call) => pythonJson(call.value, call.number(0, "indent", 0), false),
  to_nice_json: (call) =>
    pythonJson(call.value, call.number(0, "indent", 4), truthy(call.kwargs["sort_keys"] ?? true)),
  from_yaml: fromYaml,
  to_yaml: toYaml(2),
  to_nice_yaml: toYaml(4),
  b64encode: (call) => Buffer.from(subject(call)).toString("base64"),
  b64decode: (call) => Buffer.from(subject(call), "base64").toString(),
  hash: (call) => digest(call, call.text(0, "hashtype", "sha1")),
  checksum: (call) => digest(call, "sha1"),
  md5: (call) => digest(call, "md5"),
  sha1: (call) => digest(call, "sha1"),
};
