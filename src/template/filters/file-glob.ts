import { existsSync, readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { globPattern } from "../../glob.js";
import { noteFile } from "../../inputs.js";
import { pythonText } from "../python.js";
import type { Call } from "./call.js";

const MAGIC = /[*?[]/;

/** `'/etc/*.conf' | fileglob`: the files on the machine that farm runs on, in the order of their names. */
export const fileglob = (call: Call): string[] =>
  expand(pythonText(call.value)).filter(
    (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  );

function expand(path: string): string[] {
  if (!MAGIC.test(path)) return existsSync(path) ? [path] : [];
  const [above, name] = [posix.dirname(path), posix.basename(path)];
  const bare = above === "." && !path.startsWith(".");
  return expand(above).flatMap((directory) => {
    const join = (entry: string) => (bare ? entry : posix.join(directory, entry));
    if (!MAGIC.test(name)) return expand(join(name));
    return namesIn(directory)
      .filter((entry) => globPattern(name).test(entry) && (name.startsWith(".") || !entry.startsWith(".")))
      .map(join);
  });
}

function namesIn(directory: string): string[] {
  noteFile(directory);
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(directory).sort() : [];
}
