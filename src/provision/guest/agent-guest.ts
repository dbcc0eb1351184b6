import type { Clock } from "../../clock.js";
import { GuestError, InterruptedError } from "../../errors.js";
import { type AgentChannel, openAgentChannel } from "../../libvirt/agent-channel.js";
import type { Connection } from "../../libvirt/virsh.js";
import { AgentRefusal, AgentSilence } from "../../transport/agent/agent-call.js";
import { agentShell } from "../../transport/agent/agent-shell.js";
import { withBecome } from "../../transport/become-shell.js";
import type { Shell } from "../../transport/shell.js";
import { nowAndThen, type WaitOptions } from "./guest.js";

const PAUSE_MS = 500;

/** A guest that is reached by its agent. */
export interface AgentAddress {
  readonly vm: string;
  readonly to: Connection;
  /** The domain's. */
  readonly uuid: string;
  /** Whom commands are run as; the agent is root. */
  readonly user: string;
}

/**
 * Waits until the agent of a guest that boots answers. A shell stays there.
 * @throws GuestError when it does not, InterruptedError on the signal
 */
export async function waitForAgent(
  hypervisor: Shell,
  guest: AgentAddress,
  { clock, signal, deadlineMs, stillRunning }: Omit<WaitOptions, "pin">,
): Promise<Shell> {
  const { vm, to, uuid } = guest;
  const channel = await openAgentChannel(hypervisor, to, uuid, clock);
  const end = clock.now() + deadlineMs;
  const askState = nowAndThen(clock, stillRunning);
  let last = "no answer";
  try {
    while (clock.now() < end) {
      if (signal.aborted) throw new InterruptedError(`interrupted while waiting for '${vm}'`);
      const answer = await ask(guest, channel, clock);
      if (typeof answer !== "string") return answer;
      last = answer;
      await askState();
      await clock.sleep(PAUSE_MS, signal).catch(() => undefined); // the loop's head looks at the signal
    }
    throw silent(vm, deadlineMs, last);
  } catch (error) {
    channel.hangUp();
    throw error;
  }
}

/** The shell, or why there is none yet. @throws what cannot get better */
async function ask({ vm, user }: AgentAddress, channel: AgentChannel, clock: Clock): Promise<Shell | string> {
  try {
    const shell = await agentShell({ name: vm, ...channel, clock });
    return user === "root" ? shell : withBecome(shell, { method: "su", user });
  } catch (thrown) {
    if (thrown instanceof AgentSilence) return thrown.message;
    throw thrown instanceof AgentRefusal ? refused(vm, thrown) : thrown;
  }
}

const silent = (vm: string, deadlineMs: number, last: string): GuestError =>
  new GuestError(`the agent of '${vm}' did not answer within ${Math.round(deadlineMs / 1000)} s: ${last}`, {
    hint: "is qemu-guest-agent installed in the image?",
  });

const refused = (vm: string, cause: AgentRefusal): GuestError =>
  new GuestError(`the agent of '${vm}' runs no commands: ${cause.message}`, {
    cause,
    hint: "some systems forbid it guest-exec: see BLACKLIST_RPC or --block-rpcs in its configuration there",
  });
