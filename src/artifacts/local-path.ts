import { createHash } from "node:crypto";
import { join } from "node:path";

const LONGEST = 120;
/** What no upload of a CI takes, path separators, and what no terminal should see. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}"*/:<>?\\|\ufffd]/gu;

/**
 * Where a guest's file goes below a directory. What the guest says is no path: `.` and `..` are gone, each part becomes a name of its own, and
 * parts that had to change end with a hash, so that no two files meet.
 */
export const localPath = (directory: string, guestPath: string): string =>
  join(directory, ...partsOf(guestPath).map(fileName));

/** A VM's directory. */
export const vmDirectoryOf = (directory: string, vm: string, attempt: number): string =>
  join(directory, fileName(attempt === 1 ? vm : `${vm}.attempt-${attempt}`));

function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/"))
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  return parts.length === 0 ? ["unnamed"] : parts;
}

function fileName(part: string): string {
  const clean = part.replace(UNFIT, "_").replace(/^\.{1,2}$/, "_");
  if (part !== "" && clean === part && part.length <= LONGEST) return part;
  const hash = createHash("sha256").update(part).digest("hex").slice(0, 8);
  return `${clean.slice(0, LONGEST).replace(/^\.+$/, "_")}-${hash}`;
}
