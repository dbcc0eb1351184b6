import { asFarmError } from "../../errors.js";
import { consoleText } from "../guest/log-in.js";
import type { RunContext } from "../model.js";
import type { Verdict } from "./verdict.js";
import type { VirtualMachine } from "./virtual-machine.js";

const CONSOLE_LOG_BYTES = 1024 * 1024;

/** Somebody may want to look at what did not pass; an attempt that is followed by another is none of that. @param attempt counts from 1 */
export function isToBeLookedAt(
  { attempt: failed, mayPass }: Verdict,
  attempt: number,
  { retries, stop }: Pick<RunContext, "retries" | "stop">,
): boolean {
  const isLast = attempt > retries || !mayPass;
  return failed !== undefined && isLast && !stop.aborted;
}

/** Keeps what the guest has said on its console in the run's logs; a failure is a warning. */
export async function saveConsole(machine: VirtualMachine, attempt: number): Promise<void> {
  const { hypervisor, directory, run, vm } = machine.parts;
  const name = attempt === 1 ? "console.log" : `console.attempt-${attempt}.log`;
  const warn = (thrown: unknown) =>
    run.emit({ type: "warning", vm: vm.name, message: `no console log: ${asFarmError(thrown).message}` });
  const text = await consoleText(hypervisor.shell, directory, CONSOLE_LOG_BYTES).catch((thrown: unknown) => {
    warn(thrown);
    return "";
  });
  await run.saveLog(vm.name, name, text).catch(warn);
}
