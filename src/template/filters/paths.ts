import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { posix, win32 } from "node:path";
import { noteEnvironment } from "../../inputs.js";
import { pythonText } from "../python.js";
import type { Call, Filters } from "./call.js";

const subject = (call: Call) => pythonText(call.value);

/** Python's os.path.join: an absolute part begins anew, and nothing is made simpler. */
export const joinPaths = (parts: readonly string[]): string =>
  parts.reduce((path, part) => {
    if (part.startsWith("/") || path === "") return part;
    return path.endsWith("/") ? path + part : `${path}/${part}`;
  }, "");

function splitext(call: Call): [string, string] {
  const path = subject(call);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  if (dot < 0 || /^\.*$/.test(name.slice(0, dot))) return [path, ""];
  const at = path.length - name.length + dot;
  return [path.slice(0, at), path.slice(at)];
}

function dirname(path: string): string {
  const head = path.slice(0, path.lastIndexOf("/") + 1);
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, "");
}

/** The names are those of the machine that farm runs on. */
const expandUser = (path: string) => path.replace(/^~(?=\/|$)/, homedir());

const windowsDirname = (path: string): string => {
  const directory = win32.dirname(path);
  return /^(?:[A-Za-z]:)?[\\/]*$/.test(directory) ? directory : directory.replace(/[\\/]+$/, "");
};

/** Links on the machine that farm runs on are followed as far as there is something. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (path === "/" || (code !== "ENOENT" && code !== "ENOTDIR")) return path;
    return posix.join(realPath(posix.dirname(path)), posix.basename(path));
  }
}

function fromEnvironment(name: string): string | undefined {
  noteEnvironment(name);
  return process.env[name];
}

export const PATH_FILTERS: Filters = {
  path_join: (call) =>
    joinPaths((Array.isArray(call.value) ? call.value : [call.value, ...call.args]).map(pythonText)),
  basename: (call) => subject(call).slice(subject(call).lastIndexOf("/") + 1),
  dirname: (call) => dirname(subject(call)),
  splitext,
  expanduser: (call) => expandUser(subject(call)),
  normpath: (call) => posix.normalize(subject(call)).replace(/(.)\/$/, "$1"),
  relpath: (call) => posix.relative(call.text(0, "start", "."), subject(call)) || ".",
  realpath: (call) => realPath(posix.resolve(subject(call))),
  expandvars: (call) =>
    subject(call).replace(
      /\$(?:(\w+)|\{([^}]*)\})/g,
      (written, plain, braced) => fromEnvironment(plain ?? braced) ?? written,
    ),
  win_basename: (call) => win32.basename(subject(call)),
  win_dirname: (call) => windowsDirname(subject(call)),
  win_splitdrive: (call) => {
    const [, drive = "", rest = ""] = /^([A-Za-z]:)?([\s\S]*)$/.exec(subject(call)) ?? [];
    return [drive, rest];
  },
};
