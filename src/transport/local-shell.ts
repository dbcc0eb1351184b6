import { type ChildProcess, spawn } from "node:child_process";
import { constants, homedir } from "node:os";
import type { Readable, Writable } from "node:stream";
import { HypervisorError } from "../errors.js";
import { checkContent, contentBytes } from "./content.js";
import { plainText } from "./plain-text.js";
import { interrupted, openStarted, runStarted } from "./run-line.js";
import { type StdinKind, shellLine } from "./script.js";
import type { Command, Shell } from "./shell.js";
import { connectTcp } from "./ssh/connect-tcp.js";
import type { StartedLine } from "./started-line.js";
import { writeFileCommand, writeFileFailure } from "./write-file.js";

interface LocalOptions {
  readonly name: string;
  /** Where `~` is, and where commands start. Default: the user's. */
  readonly home?: string | undefined;
  /** All of the environment that commands start with. Default: farm's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * This machine, by the same shell lines as over SSH: a command is in a process group of its own, so that
 * Ctrl-C in the terminal does not reach it, and the group ends when farm does, even by SIGKILL.
 */
export function localShell({ name, home = homedir(), env = process.env }: LocalOptions): Shell {
  const lines = new Set<LocalLine>();

  const start = async (command: Command, stdin: StdinKind): Promise<StartedLine> => {
    const line = await spawnLine(name, shellLine(command, stdin), home, { ...env, HOME: home });
    lines.add(line);
    void line.exited.then(() => lines.delete(line));
    return line;
  };

  const shell: Shell = {
    name,
    async run(command, options) {
      if (options?.signal?.aborted) throw interrupted(name, command);
      await checkContent(command.stdin);
      const line = await start(command, { bytes: contentBytes(command.stdin) });
      return runStarted(line, name, command, options);
    },
    open: async (command) => openStarted(await start(command, "stream"), command),
    async writeFile(path, content, mode) {
      const failure = writeFileFailure(await shell.run(writeFileCommand(path, content, mode)));
      if (failure) throw new HypervisorError(`cannot write '${path}' on '${name}': ${plainText(failure)}`);
    },
    connect: (host, port, signal) => connectTcp(name, host, port, signal),
    async close() {
      for (const line of lines) line.abandon();
    },
  };
  return shell;
}

interface LocalLine extends StartedLine {
  /** As a lost connection does: ends the group, and the outcome counts as unknown. */
  abandon(): void;
}

function spawnLine(name: string, text: string, cwd: string, env: NodeJS.ProcessEnv): Promise<LocalLine> {
  const child = spawn("sh", ["-c", text], { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(localLine(child)));
    child.once("error", (cause) =>
      reject(new HypervisorError(`cannot start a shell on '${name}': ${cause.message}`, { cause })),
    );
  });
}

function localLine(child: ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable }): LocalLine {
  const { stdin, stdout, stderr } = child;
  let abandoned: () => void;
  const exited = new Promise<number | undefined>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    abandoned = () => resolve(undefined);
  });
  const hangUp = () => void stdin.destroy();
  return {
    stdin,
    stdout,
    stderr,
    exited,
    hangUp,
    abandon: () => {
      abandoned();
      hangUp();
    },
    drop: () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    },
  };
}
