import { type Clock, systemClock } from "../../clock.js";
import { asFarmError, InterruptedError } from "../../errors.js";
import type { Emit } from "../../events.js";
import type { FailedGuest } from "../../provision/model.js";
import { type UserStreams, type UserTerminal, userSession } from "../../transport/ssh/user-session.js";
import type { OutputGate } from "./output-gate.js";

interface FailureShell {
  readonly terminal: UserTerminal;
  readonly streams: UserStreams;
  readonly emit: Emit;
  /** Keeps lines about other VMs back while the terminal is the guest's. */
  readonly gate: Pick<OutputGate, "shut">;
  /** Aborted by a signal; Ctrl-C is the guest's while the shell is open. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** `--on-failure shell`: a login shell in the first guest that is told of, and none after it. Never throws: no shell is a warning. */
export function failureShell(with_: FailureShell): (failed: FailedGuest) => Promise<void> {
  let taken = false;
  return async (failed) => {
    if (taken) return;
    taken = true;
    try {
      await openShell(failed, with_);
    } catch (thrown) {
      if (thrown instanceof InterruptedError) return;
      const { message } = asFarmError(thrown);
      with_.emit({ type: "warning", vm: failed.vm, message: `there is no shell in it: ${message}` });
    }
  };
}

async function openShell(
  { vm, connect }: FailedGuest,
  { terminal, streams, emit, gate, signal, clock = systemClock }: FailureShell,
): Promise<void> {
  const connection = await connect(signal);
  const start = clock.now();
  emit({ type: "shell-opened", vm });
  const open = gate.shut();
  try {
    await userSession(connection, { name: vm, terminal, streams, signal });
  } finally {
    open();
    emit({ type: "shell-closed", vm, durationMs: clock.now() - start });
    connection.end();
  }
}
