import { systemClock } from "../../clock.js";
import { ConnectionLostError } from "../../errors.js";
import { checkContent, contentBytes } from "../content.js";
import { plainText } from "../plain-text.js";
import { interrupted, openStarted, programOf, runStarted } from "../run-line.js";
import { type StdinKind, shellLine } from "../script.js";
import type { Command, LongProcess, Shell } from "../shell.js";
import type { StartedLine } from "../started-line.js";
import { writeFileCommand, writeFileFailure } from "../write-file.js";
import type { SshConnection } from "./ssh-connection.js";
import { machineError } from "./ssh-errors.js";
import { forward } from "./ssh-forward.js";
import { openRoute } from "./ssh-route.js";
import { startLine } from "./ssh-session.js";
import { SshSessions } from "./ssh-sessions.js";
import type { SshTarget } from "./ssh-target.js";

/**
 * Connects over SSH, through `jumps` where there are any.
 * @throws HypervisorError, or GuestError where the host key is pinned; `isTransient` tells whether it may pass.
 */
export async function connectSsh(target: SshTarget): Promise<Shell> {
  const { name } = target;
  const sessions = await SshSessions.open(target, await openRoute(target));
  const shell: Shell = {
    name,
    run: (command, options) =>
      sessions.command(
        async (connection) => {
          await checkContent(command.stdin);
          const line = await start(target, connection, command, { bytes: contentBytes(command.stdin) });
          return runStarted(line, name, command, options);
        },
        () => interrupted(name, command),
        options?.signal,
      ),
    open: (command) => openLong(target, sessions, command),
    async writeFile(path, content, mode) {
      const failure = writeFileFailure(await shell.run(writeFileCommand(path, content, mode)));
      if (!failure) return;
      const message = `cannot write '${path}' on '${name}': ${plainText(failure)}`;
      throw machineError(target, message, "other", new Error(failure));
    },
    connect: (host, port, signal) => forward(sessions.main, target, host, port, signal),
    close: (isEnding) => sessions.end(isEnding),
  };
  return shell;
}

async function openLong(target: SshTarget, sessions: SshSessions, command: Command): Promise<LongProcess> {
  const { connection, release } = await sessions.long();
  try {
    const process = await openStarted(await start(target, connection, command, "stream"), command);
    void process.ended.then(release);
    return process;
  } catch (error) {
    release();
    throw error;
  }
}

async function start(
  target: SshTarget,
  connection: SshConnection,
  command: Command,
  stdin: StdinKind,
): Promise<StartedLine> {
  const text = shellLine(command, stdin);
  try {
    return await startSoon(connection, text);
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (connection.isGone() || /Not connected|No response/.test(cause.message)) {
      const message = `the connection to '${target.name}' is lost; '${programOf(command)}' was not started`;
      throw new ConnectionLostError(message, { cause });
    }
    const message = `'${target.name}' gave no session for '${programOf(command)}': ${plainText(cause.message)}`;
    throw machineError(
      target,
      message,
      "other",
      cause,
      "sshd_config there may set MaxSessions or ForceCommand",
    );
  }
}

const SESSION_TRIES = 20;
const SESSION_PAUSE_MS = 250;

/**
 * sshd counts a session until it has reaped its process, a moment after we saw it end: a refusal for their number may
 * pass. dropbear opens the session and refuses to start anything in it. Nothing was started yet, so another try is safe.
 */
async function startSoon(connection: SshConnection, text: string): Promise<StartedLine> {
  for (let tries = 1; ; tries++) {
    try {
      return await startLine(connection, text);
    } catch (error) {
      const full = error instanceof Error && /open failed|unable to exec/i.test(error.message);
      if (!full || tries >= SESSION_TRIES || connection.isGone()) throw error;
      await systemClock.sleep(SESSION_PAUSE_MS);
    }
  }
}
