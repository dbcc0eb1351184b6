import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigError } from "../errors.js";

/** Writes new files below a directory, all or none. @throws ConfigError when one of them is there already */
export async function writeNewFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const paths = Object.keys(files);
  const there = await Promise.all(paths.map((path) => exists(join(directory, path))));
  const taken = paths.filter((_path, index) => there[index]);
  if (taken.length > 0)
    throw new ConfigError(`${taken.join(", ")} ${taken.length === 1 ? "is" : "are"} there already`, {
      hint: "nothing was written; name another directory",
    });
  for (const [path, content] of Object.entries(files)) {
    const whole = join(directory, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, content, { flag: "wx" });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw new ConfigError(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}
