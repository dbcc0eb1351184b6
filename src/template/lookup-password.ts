import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { noteFile } from "../inputs.js";
import type { Call } from "./filters/call.js";
import { isMapping, pythonText } from "./python.js";

const MAX_LENGTH = 10_000;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** Python's `string.NAME`. */
const SETS: Readonly<Record<string, string>> = {
  ascii_lowercase: LETTERS,
  ascii_uppercase: LETTERS.toUpperCase(),
  ascii_letters: LETTERS + LETTERS.toUpperCase(),
  digits: "0123456789",
  hexdigits: "0123456789abcdefABCDEF",
  octdigits: "01234567",
  punctuation: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};
const USUAL = ["ascii_letters", "digits", ".,:-_"];

/** `lookup('password', 'FILE length=20 chars=ascii_letters,digits')`: what the file holds; a new password is kept there. */
export function password(call: Call): string[] {
  return call.args.slice(1).map((term) => {
    const { path, options } = given(call, pythonText(term));
    noteFile(path);
    const kept = path === "/dev/null" || !existsSync(path) ? undefined : readFileSync(path, "utf8");
    if (kept !== undefined) return kept.replace(/\n[\s\S]*$/, "").replace(/ (?:salt|ident)=.*$/, "");
    const made = newPassword(call, options);
    if (path === "/dev/null") return made;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${made}\n`, { mode: 0o600, flag: "wx" });
    return made;
  });
}

/** Options stand behind the path, or are keywords of the call. */
function given(call: Call, term: string): { path: string; options: Record<string, unknown> } {
  const [, path = "", rest = ""] =
    /^(.*?)((?:\s+(?:length|chars|encrypt|seed|ident)=\S*)*)$/.exec(term) ?? [];
  const words = [...rest.matchAll(/(\w+)=(\S*)/g)].map(([, name, value]) => [name, value]);
  const options = { ...Object.fromEntries(words), ...call.kwargs };
  for (const name of ["encrypt", "seed"])
    if (options[name]) call.fail(`has no '${name}': use the filter password_hash`);
  const base = call.engine.scope?.files?.directories.at(-1) ?? ".";
  return { path: path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(base, path), options };
}

function newPassword(call: Call, options: Readonly<Record<string, unknown>>): string {
  const length = Number(options["length"] ?? 20);
  if (!(Number.isInteger(length) && length > 0 && length <= MAX_LENGTH))
    call.fail(`makes no password of ${pythonText(options["length"])} characters`);
  const { chars = USUAL } = options;
  if (isMapping(chars)) call.fail("takes chars as a list of names or characters");
  const names = Array.isArray(chars) ? chars.map(pythonText) : pythonText(chars).split(",");
  const all = [...new Set(names.map((name) => SETS[name] ?? name).join(""))];
  if (all.length === 0) call.fail("was given no characters");
  return Array.from({ length }, () => all[randomInt(all.length)]).join("");
}
