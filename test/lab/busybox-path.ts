import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** Whether this machine has busybox. */
export const hasBusybox = (() => {
  try {
    execFileSync("busybox", ["true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/**
 * A directory of programs to be the whole PATH of a shell: busybox alone, its `sh` included, and the programs of this machine that are named.
 * @param directory is made
 */
export function busyboxPath(directory: string, programs: readonly string[] = []): string {
  if (existsSync(directory)) return directory;
  mkdirSync(directory, { recursive: true });
  const busybox = programPath("busybox");
  const applets = execFileSync(busybox, ["--list"], { encoding: "utf8" }).split("\n").filter(Boolean);
  const names = new Set(programs);
  for (const name of applets) if (!names.has(name)) symlinkSync(busybox, join(directory, name));
  for (const name of names) symlinkSync(programPath(name), join(directory, name));
  return directory;
}

/** All programs of this machine but those named. */
export function pathWithout(directory: string, programs: readonly string[]): string {
  mkdirSync(directory, { recursive: true });
  const without = new Set(programs);
  for (const from of (process.env["PATH"] ?? "").split(":")) {
    for (const name of entries(from)) {
      if (without.has(name)) continue;
      try {
        symlinkSync(join(from, name), join(directory, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }
  return directory;
}

const programPath = (name: string): string =>
  execFileSync("sh", ["-c", 'command -v "$1"', "find", name], { encoding: "utf8" }).trim();

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
