import { requestText, withoutLogin } from "../downloads/request.js";
import { ModuleFailure } from "../module/failure.js";
import type { ControllerFiles, ModuleContext } from "../module/module.js";
import type { Attributes } from "../remote/attributes.js";
import { script } from "../remote/script.js";
import { type FileStatus, lastLine, parseStatus } from "../remote/status.js";
import { sendable } from "./source.js";
import { UNPACK_SCRIPT } from "./unpack-script.js";

export interface Unpack {
  readonly src: string;
  readonly remote_src: boolean;
  readonly dest: string;
  readonly creates?: string | undefined;
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly extra_opts: readonly string[];
  readonly keep_newer: boolean;
  readonly list_files: boolean;
  readonly validate_certs: boolean;
  readonly decrypt: boolean;
  readonly attributes: Attributes;
}

export interface Unpacked {
  /** `creates` is there. */
  readonly skipped: boolean;
  /** tar, gz, bz2, xz, zst or zip. */
  readonly kind: string;
  /** What is not as in the archive, a line each; it was unpacked then, but not in a check. */
  readonly differences: readonly string[];
  readonly directory: FileStatus | undefined;
  readonly files: readonly string[];
  /** What the archive holds, as it is now: told when attributes are wanted. */
  readonly entries: readonly FileStatus[];
}

/** Compares an archive with a directory and unpacks it when they differ: one round trip, the archive is sent once. @throws ModuleFailure */
export async function unpack(context: ModuleContext, what: Unpack): Promise<Unpacked> {
  const { dest, attributes } = what;
  const src = withoutLogin(what.src);
  const from = !what.remote_src ? "stdin" : src.includes("://") ? "url" : "file";
  const wantsAttributes = Object.values(attributes).some((each) => each !== undefined);
  const tell = [what.list_files && "names", wantsAttributes && "entries"].filter(Boolean).join(" ");
  const args = [
    ...[dest, what.creates ?? "", from, src],
    ...[context.check ? "" : "unpack", tell, ignoredLines(attributes), ignoredLetters(attributes)],
    what.keep_newer ? "newer" : "",
    ...[what.exclude, what.include, what.extra_opts].map((list) => list.join("\n")),
  ];
  const stdin = await input(from, what, context.controller);
  const command = script("unarchive", UNPACK_SCRIPT, args, { stdin, readOnly: context.check });
  const { code, stdout, stderr } = await (context.check ? context.ask(command) : context.act(command));
  if (code !== 0)
    throw new ModuleFailure(`cannot unpack ${src} to ${dest}: ${lastLine(stderr, code)}`, {
      rc: code,
      stderr,
    });
  return parseUnpacked(stdout, dest);
}

function input(from: string, { src, validate_certs, decrypt }: Unpack, controller: ControllerFiles) {
  if (from === "stdin") return sendable(controller, src, decrypt);
  if (from === "file") return "";
  return requestText({ url: src, timeout: 30, followRedirects: true, validate_certs });
}

/** Of what \`tar --diff\` says: what the task sets itself, what only root can set, and the times of directories. */
export function ignoredLines({ owner, group, mode }: Attributes): string {
  const kinds = ["Uid", "Gid", "Mode"].filter((_kind, index) => [owner, group, mode][index] !== undefined);
  return `^$${kinds.map((kind) => `|: ${kind} differs$`).join("")}`;
}

const ignoredLetters = ({ owner, group, mode }: Attributes): string =>
  `${owner === undefined ? "" : "o"}${group === undefined ? "" : "g"}${mode === undefined ? "" : "m"}`;

/** What the script printed. */
export function parseUnpacked(stdout: string, dest: string): Unpacked {
  const [, told = "", entries = ""] = /^([\s\S]*?)(?:^entries\n([\s\S]*))?$(?![\s\S])/m.exec(stdout) ?? [];
  const lines = told.split("\n");
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    skipped: all("skipped").length > 0,
    kind: all("kind")[0] ?? "",
    differences: all("differs"),
    directory: parseStatus(told, dest),
    files: all("file"),
    entries: entries.split("\0").flatMap((record) => {
      const end = record.indexOf("\n");
      const status = end < 0 ? undefined : parseStatus(record.slice(0, end), record.slice(end + 1));
      return status ? [status] : [];
    }),
  };
}
