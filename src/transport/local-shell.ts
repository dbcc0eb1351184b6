import { type ChildProcess, spawn } from "node:child_process";
import { constants, homedir } from "node:os";
import type { Readable, Writable } from "node:stream";
import { HypervisorError } from "../errors.js";
import { lineShell, type OwnLine } from "./line-shell.js";
import { shellLine } from "./script.js";
import type { Shell } from "./shell.js";
import { connectTcp } from "./ssh/connect-tcp.js";

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
  return {
    ...lineShell({
      name,
      start: (command, stdin) => spawnLine(name, shellLine(command, stdin), home, { ...env, HOME: home }),
      failure: (message) => new HypervisorError(message),
    }),
    connect: (host, port, signal) => connectTcp(name, host, port, signal),
  };
}

function spawnLine(name: string, text: string, cwd: string, env: NodeJS.ProcessEnv): Promise<OwnLine> {
  const child = spawn("sh", ["-c", text], { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(localLine(child)));
    child.once("error", (cause) =>
      reject(new HypervisorError(`cannot start a shell on '${name}': ${cause.message}`, { cause })),
    );
  });
}

function localLine(child: ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable }): OwnLine {
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
