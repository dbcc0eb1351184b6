import { spawn } from "node:child_process";
import { constants } from "node:os";
import { HypervisorError, InterruptedError } from "../errors.js";
import { becomeArgv } from "./become.js";
import { type HypervisorHost, hypervisorTarget } from "./hypervisor-connection.js";
import { quoteCommand } from "./quote.js";
import type { Become } from "./shell.js";
import { openRoute } from "./ssh/ssh-route.js";
import { type UserStreams, type UserTerminal, userSession } from "./ssh/user-session.js";

type Argv = readonly [string, ...string[]];

interface TerminalCommand {
  /** For messages. */
  readonly name: string;
  readonly argv: Argv;
  readonly terminal: UserTerminal;
  readonly streams: UserStreams;
  readonly signal: AbortSignal;
}

/**
 * Runs a program on a hypervisor in the user's own terminal.
 * @returns its exit status, 128 + n after signal n
 * @throws HypervisorError, GuestError or ConnectionLostError when it cannot be started or nobody knows how it ended, InterruptedError
 */
export async function terminalCommand(
  host: HypervisorHost & { readonly become?: Become },
  command: TerminalCommand,
): Promise<number> {
  const argv = host.become ? becomeOnTerminal(host.become, command.argv) : command.argv;
  if (host.connection === "local") return localCommand(argv, command);
  const { name, terminal, streams, signal } = command;
  const route = await openRoute({ ...hypervisorTarget(host), signal });
  try {
    const connection = await route.dial();
    try {
      return await userSession(connection, { name, line: quoteCommand(argv), terminal, streams, signal });
    } finally {
      connection.end();
    }
  } finally {
    route.end();
  }
}

/** A password is asked for where the user can give it. */
export function becomeOnTerminal({ method, user }: Become, argv: Argv): Argv {
  if (method === "su") return becomeArgv({ method, user }, argv);
  return method === "sudo" ? ["sudo", "-H", "-u", user, "--", ...argv] : ["doas", "-u", user, "--", ...argv];
}

/** The terminal itself is the program's. */
function localCommand([file, ...args]: Argv, { name, terminal, signal }: TerminalCommand): Promise<number> {
  // What the program did to the terminal's modes is undone, however it ends.
  const release = terminal.takeKeys();
  const child = spawn(file, args, { stdio: "inherit" });
  const stop = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(new HypervisorError(`cannot start '${file}': ${cause.message}`, { cause })),
    );
    child.once("exit", (code, ended) => {
      if (signal.aborted) reject(new InterruptedError(`the session on '${name}' was interrupted`));
      else resolve(code ?? 128 + (ended ? constants.signals[ended] : 0));
    });
  });
  return ended.finally(() => {
    signal.removeEventListener("abort", stop);
    release();
  });
}
