import { randomBytes } from "node:crypto";
import pLimit from "p-limit";
import type { Clock } from "../clock.js";
import { type AgentCall, AgentRefusal, AgentSilence } from "../transport/agent/agent-call.js";
import { plainText } from "../transport/plain-text.js";
import type { Command, LongProcess, Shell } from "../transport/shell.js";
import type { Connection } from "./virsh.js";

/** Seconds in which an agent answers, unless its guest is stopped. */
const ANSWER_S = 30;

/** By then virsh would have said so. */
const LATE_MS = 60_000;

/** virsh that takes its commands by stdin: what is in them is nobody's business who lists the processes there. */
export const virshShell = ({ uri, env = {} }: Connection): Command => ({
  argv: ["sh", "-c", 'exec virsh -q -c "$1" 2>&1', "farm-agent", uri],
  env: { ...env, LC_ALL: "C", TERM: "dumb" },
});

/** The two lines for one call; virsh then says `mark` at the start of a line. */
export function agentLines(uuid: string, mark: string, execute: string, args: object | undefined): string {
  const text = JSON.stringify({ execute, ...(args && { arguments: args }) }).replaceAll("'", "\\u0027");
  return `qemu-agent-command --domain ${uuid} --timeout ${ANSWER_S} '${text}'\necho ${mark}\n`;
}

/**
 * What the agent returned, from all that virsh said between the lines that it was given, which it repeats.
 * @throws AgentRefusal, AgentSilence
 */
export function parseAgentAnswer(said: string): unknown {
  const lines = said.split("\n");
  const answer = lines.find((line) => line.startsWith('{"return":'));
  if (answer !== undefined) return (JSON.parse(answer) as { readonly return: unknown }).return;
  const [, refused] = /unable to execute QEMU agent command '[^']*': (.*)/.exec(said) ?? [];
  if (refused !== undefined) throw new AgentRefusal(plainText(refused));
  const complaint = lines
    .filter((line) => line.startsWith("error: "))
    .join(" ")
    .replaceAll("error: ", "");
  throw new AgentSilence(plainText(complaint) || "virsh said nothing");
}

/** The way to the agent of a domain's guest, by a virsh that stays; one call at a time. */
export interface AgentChannel {
  readonly call: AgentCall;
  readonly hangUp: () => void;
}

/** Throws what `hypervisor.open` does. @param uuid the domain's */
export async function openAgentChannel(
  hypervisor: Shell,
  to: Connection,
  uuid: string,
  clock: Clock,
): Promise<AgentChannel> {
  const process = await hypervisor.open(virshShell(to));
  const exchange = exchanges(process, clock);
  const one = pLimit(1);
  return {
    call: (execute, args) =>
      one(async () => {
        const mark = `farm-${randomBytes(12).toString("hex")}`;
        return parseAgentAnswer(await exchange(agentLines(uuid, mark, execute, args), mark));
      }),
    hangUp: () => process.close(),
  };
}

/** Says something and waits for a line that begins with the mark. */
function exchanges({ stdin, stdout, ended }: LongProcess, clock: Clock) {
  let said: Buffer[] = [];
  let look: () => void = () => undefined;
  stdout.on("data", (chunk: Buffer) => {
    said.push(chunk);
    look();
  });
  return (text: string, mark: string): Promise<string> =>
    new Promise((resolve, reject) => {
      said = [];
      const over = new AbortController();
      look = () => {
        // Only the end is looked at, again and again: the beginning may be megabytes.
        const end = Buffer.concat(said.slice(-2)).subarray(-1000).toString();
        if (!end.includes(`\n${mark}`)) return;
        look = () => undefined;
        over.abort();
        resolve(Buffer.concat(said).toString());
      };
      const silent = (why: string) => reject(new AgentSilence(why));
      void ended.then(({ stderr }) => silent(plainText(stderr) || "virsh ended"));
      const late = () => silent(`virsh did not answer within ${LATE_MS / 1000} s`);
      clock.sleep(LATE_MS, over.signal).then(late, () => undefined); // It answered.
      stdin.write(text);
    });
}
