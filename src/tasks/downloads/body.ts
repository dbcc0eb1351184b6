import { basename } from "node:path";
import { ModuleFailure } from "../module/failure.js";
import type { ControllerFiles } from "../module/module.js";

export type BodyFormat = "form-multipart" | "form-urlencoded" | "json" | "raw";

/** What is sent, and what it is said to be unless a header says otherwise. */
export interface RequestBody {
  readonly content: Buffer;
  readonly type: string | undefined;
}

/** @throws ModuleFailure for a value that cannot be written so */
export async function requestBody(
  body: unknown,
  format: BodyFormat,
  files: ControllerFiles,
  boundary: string,
): Promise<RequestBody | undefined> {
  if (format === "form-multipart") return multipart(body, files, boundary);
  if (body === undefined || body === null) return undefined;
  const plain = typeof body === "string" ? body : undefined;
  if (format === "json") return ofText(plain ?? JSON.stringify(body), "application/json");
  if (format === "form-urlencoded")
    return ofText(plain ?? urlEncoded(body), "application/x-www-form-urlencoded");
  return ofText(plain ?? (typeof body === "object" ? JSON.stringify(body) : String(body)), undefined);
}

const ofText = (text: string, type: string | undefined): RequestBody => ({
  content: Buffer.from(text),
  type,
});

/** `a=1&a=2&b=x+y` of a mapping, or of a list of pairs. */
export function urlEncoded(body: unknown): string {
  const pairs = Array.isArray(body)
    ? body
    : typeof body === "object" && body
      ? Object.entries(body)
      : undefined;
  const all = pairs?.flatMap((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw notAForm();
    const [key, value] = pair;
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values
      .filter((each) => each !== null)
      .map((each): [string, string] => [String(key), formText(each)]);
  });
  if (!all) throw notAForm();
  return new URLSearchParams(all).toString();
}

/** As Python writes it: that is what servers get from Ansible. */
const formText = (value: unknown): string =>
  typeof value === "boolean" ? (value ? "True" : "False") : String(value);

const notAForm = () =>
  new ModuleFailure("failed to parse body as form_urlencoded: it must be a mapping or a list of pairs");

/** A mapping of fields: a text, or `{content, filename, mime_type}`; a file name without content is a file of the controller. */
async function multipart(body: unknown, files: ControllerFiles, boundary: string): Promise<RequestBody> {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new ModuleFailure("body must be a mapping of fields for body_format form-multipart");
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(body)) parts.push(await part(name, value, files, boundary));
  const content = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return { content, type: `multipart/form-data; boundary="${boundary}"` };
}

async function part(name: string, value: unknown, files: ControllerFiles, boundary: string): Promise<Buffer> {
  const field = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  const file = field?.["filename"];
  const text = field ? field["content"] : value;
  if (text === undefined && typeof file !== "string")
    throw new ModuleFailure(`the field '${name}' of body needs a content or a filename`);
  const content =
    text === undefined
      ? await files.read(await files.find("files", String(file)))
      : Buffer.from(String(text));
  const type = field?.["mime_type"] ?? (file === undefined ? "text/plain" : "application/octet-stream");
  const head = [
    `--${boundary}`,
    `Content-Disposition: form-data; name=${quoted(name)}${file === undefined ? "" : `; filename=${quoted(basename(String(file)))}`}`,
    `Content-Type: ${oneLine(String(type))}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), content, Buffer.from("\r\n")]);
}

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, " ");
const quoted = (text: string): string => `"${oneLine(text).replace(/["\\]/g, "\\$&")}"`;
