import { readdirSync, statSync } from "node:fs";
import { ConfigError } from "../../errors.js";

/** Names in a directory, sorted; none when there is no such directory. @throws ConfigError when it cannot be read */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new ConfigError(`cannot read the directory ${directory}: ${code}`, { cause });
  }
}

export const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
