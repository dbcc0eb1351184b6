import { GuestError } from "../../errors.js";
import { isOff, NO_ROOM } from "../../libvirt/virsh.js";
import { isByAgent } from "../../load/definitions/vm-definition.js";
import { harmless } from "../../report/harmless.js";
import type { Shell } from "../../transport/shell.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import { tailLog, type VmDirectory } from "../vm-directory.js";
import { waitForAgent } from "./agent-guest.js";
import { type GuestAddress, waitForGuest } from "./guest.js";

/** Emulated guests need more time for everything; `connection_timeout` is meant for real processors. */
const EMULATION_FACTOR = 3;
/** A guest that goes on where it was has its SSH server running. */
const RESTORED_MS = 30_000;
const CONSOLE_TAIL_LINES = 12;

/** A domain that runs, and the way to its SSH server. */
export interface Running {
  readonly uuid: string;
  readonly locate: GuestAddress["locate"];
  /** The way in for people. */
  readonly shown: string;
  readonly user: string;
  /** The guest's host key, once it has been seen. */
  readonly pin: { key: string | undefined };
}

/** How long a guest may take until it can be logged in to, in milliseconds. */
export function loginDeadline(
  { definition, blueprint }: Pick<PlacedVm, "definition" | "blueprint">,
  how: "booted" | "restored",
): number {
  const factor = definition.virt_domain === "qemu" ? EMULATION_FACTOR : 1;
  const booting = blueprint.settings.connectionTimeout * 1000;
  return (how === "booted" ? booting : Math.min(booting, RESTORED_MS)) * factor;
}

/** Logs in to a guest, and keeps a shell there. @throws GuestError, InterruptedError */
export async function logIn(
  vm: PlacedVm,
  { uuid, locate, shown, user, pin }: Running,
  hypervisor: HypervisorSession,
  run: RunContext,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Shell> {
  const { definition, blueprint } = vm;
  const libvirt = hypervisor.libvirt(definition.metadata.connection);
  const byAgent = isByAgent(definition);
  run.emit({ type: "waiting", vm: vm.name, what: byAgent ? shown : `SSH on ${shown}`, deadlineMs });
  const stillRunning = async () => {
    const state = await libvirt.state(uuid);
    if (isOff(state)) throw new GuestError(`'${vm.name}' is no longer running: ${state}`);
    if (state === NO_ROOM)
      throw new GuestError(
        `'${vm.name}' stands still: QEMU cannot write to its disks on '${hypervisor.name}'`,
        {
          hint: `is there room left in ${definition.metadata.libvirt_pool_dir} there?`,
        },
      );
  };
  const options = { clock: run.clock, signal, deadlineMs, pin, stillRunning };
  const to = { uri: definition.metadata.connection };
  if (byAgent) return waitForAgent(hypervisor.shell, { vm: vm.name, to, uuid, user }, options);
  const { privateKey } = await run.key(blueprint);
  return waitForGuest(hypervisor.shell, { vm: vm.name, locate, user, privateKey }, options);
}

/** The same error with the console's last lines, which often say why. */
export async function withConsole(
  error: GuestError,
  directory: VmDirectory,
  { shell }: HypervisorSession,
): Promise<GuestError> {
  const text = await consoleText(shell, directory, 4_000);
  const lines = harmless(text)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const tail = lines.slice(-CONSOLE_TAIL_LINES).map((line) => `  | ${line}`);
  const shown = tail.length === 0 ? "its console is empty" : `its console ends with\n${tail.join("\n")}`;
  return new GuestError(`${error.message}; ${shown}`, { cause: error, hint: error.hint });
}

/** The last bytes of the guest's console; empty when there is none (yet). */
export async function consoleText(shell: Shell, directory: VmDirectory, bytes: number): Promise<string> {
  const { code, stdout } = await shell.run(tailLog(directory.consoleLog, bytes));
  return code === 0 ? stdout : "";
}
