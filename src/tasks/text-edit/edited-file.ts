import { compilePython } from "../../template/filters/regex.js";
import { ModuleFailure } from "../modules/failure.js";
import type { ModuleContext, ModuleResult } from "../modules/module.js";
import type { Attributes } from "../remote/attributes.js";
import { readRemote, settleContent } from "../remote/content.js";

/** What all modules that edit texts take besides. */
interface EditOptions extends Attributes {
  readonly path: string;
  /** Make a file that is not there. */
  readonly create: boolean;
  readonly backup: boolean;
  readonly validate?: string | undefined;
}

/** A text and its edited form, with what to say of it. */
export interface Edited {
  readonly text: string;
  readonly msg: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Edits a file of the machine: one question, and one act when it changes. @throws ModuleFailure */
export async function editFile(
  options: EditOptions,
  context: ModuleContext,
  edit: (text: string) => Edited,
): Promise<ModuleResult> {
  const { path, create, backup, validate } = options;
  const before = await readRemote(context, path);
  if (!before && !create) throw new ModuleFailure(`Destination ${path} does not exist !`, { rc: 257 });
  // Latin 1 keeps every byte of a file that is no UTF-8.
  const text = before ? decode(before.content) : { text: "", encoding: "utf8" as const };
  const { text: after, msg, fields = {} } = edit(text.text);
  const content = Buffer.from(after, text.encoding);
  const same = before?.content.equals(content);
  const settled = await settleContent(context, {
    path,
    content,
    before,
    attributes: options,
    backup,
    validate,
  });
  const backupFile = settled.fields["backup_file"];
  const said = same && settled.changed ? "ownership, perms or SE linux context changed" : msg;
  return {
    changed: settled.changed,
    msg: said,
    ...fields,
    ...(typeof backupFile === "string" && { backup_file: backupFile }),
    ...(settled.diff && { diff: settled.diff }),
  };
}

function decode(content: Buffer): { text: string; encoding: "utf8" | "latin1" } {
  const text = content.toString("utf8");
  return Buffer.from(text).equals(content)
    ? { text, encoding: "utf8" }
    : { text: content.toString("latin1"), encoding: "latin1" };
}

/** Lines without their ends, and how to put them together again. */
export function linesOf(text: string): { lines: string[]; join: (lines: readonly string[]) => string } {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text === "" ? [] : text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return { lines, join: (all) => (all.length === 0 ? "" : `${all.join(end)}${end}`) };
}

/** @throws ModuleFailure for what is no regular expression of Python's */
export function patternOf(pattern: string, flags = ""): RegExp {
  try {
    return compilePython(pattern, flags);
  } catch {
    throw new ModuleFailure(`'${pattern}' is no regular expression`);
  }
}
