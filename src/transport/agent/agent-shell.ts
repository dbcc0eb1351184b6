import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../../clock.js";
import { GuestError } from "../../errors.js";
import { checkContent, contentBytes } from "../content.js";
import { plainText } from "../plain-text.js";
import { interrupted, openStarted, runStarted } from "../run-line.js";
import { type StdinKind, sentFirst, shellLine } from "../script.js";
import type { Command, Shell } from "../shell.js";
import { writeFileCommand, writeFileFailure } from "../write-file.js";
import { type AgentCall, agentCommands } from "./agent-call.js";
import { AgentLine } from "./agent-line.js";
import { commandFiles, leave, parseSettled, settle } from "./agent-script.js";

export interface AgentShellParts {
  readonly name: string;
  readonly call: AgentCall;
  /** Lets go of the way to the agent. */
  readonly hangUp: () => void;
  readonly clock?: Clock;
}

const SETTLE_PAUSE_MS = 20;

/**
 * A guest by its QEMU guest agent, for those without an SSH server: commands run as the agent's user, which is root. It keeps what a lost SSH
 * connection would end: nothing there notices that farm is gone.
 * @throws AgentSilence, AgentRefusal, GuestError when it has no POSIX tools
 */
export async function agentShell({
  name,
  call,
  hangUp,
  clock = systemClock,
}: AgentShellParts): Promise<Shell> {
  const agent = agentCommands(call);
  const { base, env } = await settled(name, agent, clock);
  const lines = new Set<AgentLine>();

  const start = (command: Command, stdin: StdinKind): AgentLine => {
    const files = commandFiles(base, randomBytes(8).toString("hex"));
    const text = shellLine(withoutPassword(command), stdin);
    const variables = Buffer.byteLength(sentFirst(command));
    const all = stdin === "stream" ? stdin : { bytes: variables + stdin.bytes };
    const line = new AgentLine({ agent, clock, files, text, stdin: all, env });
    lines.add(line);
    void line.exited.then(() => lines.delete(line));
    return line;
  };

  const shell: Shell = {
    name,
    async run(command, options) {
      if (options?.signal?.aborted) throw interrupted(name, command);
      await checkContent(command.stdin);
      const line = start(command, { bytes: contentBytes(command.stdin) });
      return runStarted(line, name, withoutPassword(command), options, clock);
    },
    open: async (command) => openStarted(start(command, "stream"), withoutPassword(command), clock),
    async writeFile(path, content, mode) {
      const failure = writeFileFailure(await shell.run(writeFileCommand(path, content, mode)));
      if (failure) throw new GuestError(`cannot write '${path}' on '${name}': ${plainText(failure)}`);
    },
    connect: async () => {
      throw new GuestError(`cannot connect from '${name}': its agent opens no connections`);
    },
    async close(isEnding) {
      for (const line of lines) line.abandon();
      if (!isEnding) await agent.exec(leave(base)).catch(() => undefined); // A guest that is gone has nothing to be tidied.
      hangUp();
    },
  };
  return shell;
}

/** root is never asked for one. */
function withoutPassword({ become, ...command }: Command): Command {
  if (!become) return command;
  const { method, user } = become;
  return { ...command, become: { method, user } };
}

async function settled(name: string, agent: ReturnType<typeof agentCommands>, clock: Clock) {
  const pid = await agent.exec(settle());
  let exit = await agent.status(pid);
  while (!exit) {
    await clock.sleep(SETTLE_PAUSE_MS);
    exit = await agent.status(pid);
  }
  const found = parseSettled(exit.stdout.toString());
  if (found) return found;
  throw new GuestError(
    `'${name}' has no POSIX shell that its agent can start: ${plainText(exit.stderr.toString())}`,
  );
}
