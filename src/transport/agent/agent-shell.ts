import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../../clock.js";
import { GuestError } from "../../errors.js";
import { lineShell } from "../line-shell.js";
import { plainText } from "../plain-text.js";
import { type StdinKind, sentFirst, shellLine } from "../script.js";
import type { Command, Shell } from "../shell.js";
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
  const start = async (command: Command, stdin: StdinKind): Promise<AgentLine> => {
    const files = commandFiles(base, randomBytes(8).toString("hex"));
    const variables = Buffer.byteLength(sentFirst(command));
    const all = stdin === "stream" ? stdin : { bytes: variables + stdin.bytes };
    return new AgentLine({ agent, clock, files, text: shellLine(command, stdin), stdin: all, env });
  };
  const failure = (message: string) => new GuestError(message);
  const shell = lineShell({ name, start, failure, clock });
  return {
    ...shell,
    run: (command, options) => shell.run(withoutPassword(command), options),
    open: (command) => shell.open(withoutPassword(command)),
    connect: async () => {
      throw failure(`cannot connect from '${name}': its agent opens no connections`);
    },
    async close(isEnding) {
      await shell.close();
      if (!isEnding) await agent.exec(leave(base)).catch(() => undefined); // A guest that is gone has nothing to be tidied.
      hangUp();
    },
  };
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
