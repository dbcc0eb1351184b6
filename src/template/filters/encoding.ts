import { createHash, getHashes } from "node:crypto";
import { describeError, FarmError } from "../../errors.js";
import { shaCrypt } from "../../keys/sha-crypt.js";
import { Template } from "../../values/template.js";
import { parseYaml } from "../../yaml/yaml.js";
import { isMapping, pythonText, truthy } from "../python.js";
import { timeText } from "../times.js";
import type { Call, Filters } from "./call.js";
import { pythonYaml } from "./python-yaml.js";

const subject = (call: Call) => pythonText(call.value);

function digest(call: Call, algorithm: string): string {
  if (!getHashes().includes(algorithm)) call.fail(`knows no algorithm '${algorithm}'`);
  return createHash(algorithm).update(subject(call)).digest("hex");
}

interface JsonOptions {
  readonly indent: number;
  readonly sorted: boolean;
  readonly encode: (json: string) => string;
}

const jsonText = (value: unknown) => {
  const time = timeText(value, "T");
  return typeof value === "number" ? pythonText(value) : JSON.stringify(time ?? value ?? null);
};

/** Python's `json.dumps`: a space after separators, only ASCII. */
function pythonJson(value: unknown, options: JsonOptions, level = 1): string {
  const { indent, sorted, encode } = options;
  const [open, between, close] = indent
    ? [
        `\n${" ".repeat(indent * level)}`,
        `,\n${" ".repeat(indent * level)}`,
        `\n${" ".repeat(indent * (level - 1))}`,
      ]
    : ["", ", ", ""];
  const nested = (entry: unknown) => pythonJson(entry, options, level + 1);
  if (Array.isArray(value))
    return value.length === 0 ? "[]" : `[${open}${value.map(nested).join(between)}${close}]`;
  if (!isMapping(value) || timeText(value) !== undefined) return encode(jsonText(value));
  const keys = sorted ? Object.keys(value).sort() : Object.keys(value);
  const entries = keys.map((key) => `${encode(JSON.stringify(key))}: ${nested(value[key])}`);
  return entries.length === 0 ? "{}" : `{${open}${entries.join(between)}${close}}`;
}

const ascii = (json: string) =>
  json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Python's `json.dumps(value)`. */
export const jsonDump = (value: unknown): string =>
  pythonJson(value, { indent: 0, sorted: false, encode: ascii });

const toJson =
  (indent: number, sorted: boolean) =>
  (call: Call): string =>
    pythonJson(call.value, {
      indent: Number(call.arg(0, "indent") ?? indent),
      sorted: truthy(call.kwargs["sort_keys"] ?? sorted),
      encode: truthy(call.kwargs["ensure_ascii"] ?? true) ? ascii : (json) => json,
    });

function fromJson(call: Call): unknown {
  try {
    return JSON.parse(subject(call));
  } catch (cause) {
    return call.fail(`was given a text that is not JSON: ${(cause as Error).message.slice(0, 100)}`);
  }
}

/** What is read is data, so marks of templates in it mean nothing. */
function fromYaml(call: Call, text: string): unknown {
  try {
    return asData(parseYaml(text, "text"));
  } catch (error) {
    if (!(error instanceof FarmError)) throw error;
    return call.fail(
      `was given a text that is not YAML: ${describeError(error).split("\n")[0]?.slice(0, 200)}`,
    );
  }
}

function asData(value: unknown): unknown {
  if (value instanceof Template) return value.source;
  if (Array.isArray(value)) return value.map(asData);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asData(entry)]));
}

const toYaml =
  (indent: number, flowLeaves: boolean) =>
  (call: Call): string =>
    pythonYaml(call.value, {
      indent: Number(call.kwargs["indent"] ?? indent),
      width: Number(call.kwargs["width"] ?? 80),
      sorted: truthy(call.kwargs["sort_keys"] ?? true),
      flowLeaves: flowLeaves && !Object.hasOwn(call.kwargs, "default_flow_style"),
    });

/** More would take minutes. */
const MAX_ROUNDS = 1_000_000;

function passwordHash(call: Call): string {
  const type = call.text(0, "hashtype", "sha512");
  if (type !== "sha512" && type !== "sha256") return call.fail(`makes sha512 and sha256, not '${type}'`);
  const rounds = call.arg(3, "rounds") === null ? undefined : call.number(3, "rounds", 0);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1000 && rounds <= MAX_ROUNDS))
    call.fail(`makes 1000 to ${MAX_ROUNDS} rounds`);
  const salt = call.arg(1, "salt");
  if (salt !== null && !/^[./0-9A-Za-z]{1,16}$/.test(pythonText(salt)))
    call.fail("needs a salt of 1 to 16 letters, digits, '.' or '/'");
  return shaCrypt(type, subject(call), salt === null ? undefined : pythonText(salt), rounds);
}

/** The name-based UUID (version 5) of a text, by default in Ansible's namespace. */
function toUuid(call: Call): string {
  const namespace = call.text(0, "namespace", "361e6d51-faec-444a-9079-341386da8e2e").replaceAll("-", "");
  if (!/^[\da-f]{32}$/i.test(namespace)) call.fail("needs a namespace that is a UUID");
  const bytes = createHash("sha1").update(Buffer.from(namespace, "hex")).update(subject(call)).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes
    .toString("hex")
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Python's names of encodings that Node knows too. */
const ENCODINGS: Readonly<Record<string, BufferEncoding>> = {
  "utf-8": "utf8",
  utf8: "utf8",
  ascii: "latin1",
  "latin-1": "latin1",
  latin1: "latin1",
  "iso-8859-1": "latin1",
  "utf-16-le": "utf16le",
  "utf-16le": "utf16le",
};

function encodingOf(call: Call): BufferEncoding {
  const name = call.text(0, "encoding", "utf-8").toLowerCase();
  return ENCODINGS[name] ?? call.fail(`knows no encoding '${name}': ${Object.keys(ENCODINGS).join(", ")}`);
}

/** The checksum of gzip and PNG; Node 20 has it only in its later versions. */
function crc32(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

function normalized(call: Call): string {
  const form = call.text(0, "form", "NFC");
  if (!/^NFK?[CD]$/.test(form)) call.fail(`takes form: NFC, NFD, NFKC, NFKD; not '${form}'`);
  return subject(call).normalize(form);
}

/** All documents of a text. */
function fromYamlAll(call: Call): unknown[] {
  const parts = subject(call)
    .split(/^---(?:[ \t].*)?$/m)
    .filter((part, index) => index > 0 || part.trim() !== "");
  return parts.map((part) => fromYaml(call, part));
}

export const ENCODING_FILTERS: Filters = {
  from_json: fromJson,
  to_json: toJson(0, false),
  tojson: toJson(0, false),
  to_nice_json: toJson(4, true),
  from_yaml: (call) => (call.value === null ? null : fromYaml(call, subject(call))),
  from_yaml_all: fromYamlAll,
  to_yaml: toYaml(2, true),
  to_nice_yaml: toYaml(4, false),
  password_hash: passwordHash,
  to_uuid: toUuid,
  b64encode: (call) => Buffer.from(subject(call), encodingOf(call)).toString("base64"),
  b64decode: (call) => Buffer.from(subject(call), "base64").toString(encodingOf(call)),
  crc32: (call) => crc32(Buffer.from(subject(call))).toString(16),
  unicode_normalize: normalized,
  hash: (call) => digest(call, call.text(0, "hashtype", "sha1")),
  checksum: (call) => digest(call, "sha1"),
  md5: (call) => digest(call, "md5"),
  sha1: (call) => digest(call, "sha1"),
};
