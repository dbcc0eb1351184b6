import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";

/** A path of the user's made absolute; a leading `~/` is the user's home. */
export const userPath = (path: string, cwd: string): string =>
  path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(cwd, path);

/** A path as messages show it: as short as it can be typed. */
export function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === "" || near.startsWith("..") || isAbsolute(near) ? path : near;
}
