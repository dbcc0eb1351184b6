import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { ConfigError } from "../errors.js";
import type { Command, CommandResult, RunOptions, Shell } from "./shell.js";

/**
 * Runs a command whose stdout becomes a file of the controller, as long as it may be. Nothing is seen under the file's name
 * until the command has succeeded; when it fails, what was there stays.
 * @throws what `run` does, ConfigError when the file cannot be written.
 */
export async function runIntoFile(
  shell: Shell,
  command: Command,
  file: string,
  options: RunOptions = {},
): Promise<CommandResult> {
  const part = `${file}.${process.pid}.part`;
  const stdoutTo = createWriteStream(part, { mode: 0o600 });
  let failed: Error | undefined;
  stdoutTo.on("error", (error) => {
    failed = error;
  });
  try {
    await once(stdoutTo, "open");
    const result = await shell.run(command, { ...options, stdoutTo });
    await finished(stdoutTo.end());
    if (result.code === 0) await rename(part, file);
    return result;
  } catch (error) {
    throw failed ? new ConfigError(`cannot write '${file}': ${failed.message}`, { cause: error }) : error;
  } finally {
    stdoutTo.destroy();
    await rm(part, { force: true });
  }
}
