import { randomUUID } from "node:crypto";
import { GuestError, HypervisorError } from "../errors.js";
import { domainXml } from "../libvirt/domain-xml.js";
import type { LibvirtDriver } from "../libvirt/driver.js";
import { isOff } from "../libvirt/virsh.js";
import { vmDirectoryName } from "../naming.js";
import { harmless } from "../report/harmless.js";
import { persistentShell } from "../transport/persistent-shell.js";
import { type RenewableShell, renewableShell } from "../transport/renewable-shell.js";
import type { Shell } from "../transport/shell.js";
import type { Defer } from "./cleanup.js";
import { disksDetail, fetchImages, prepareDisks } from "./disks.js";
import { waitForGuest } from "./guest.js";
import type { HypervisorSession, PlacedVm, RunContext } from "./model.js";
import type { Steps } from "./steps.js";
import { changeDirectory, tailLog, type VmDirectory, vmDirectory } from "./vm-directory.js";
import { lockVm } from "./vm-lock.js";

/** Emulated guests need more time for everything; `connection_timeout` is meant for real processors. */
const EMULATION_FACTOR = 3;
const CONSOLE_TAIL_LINES = 12;
const SSH_PORT = 22;

/** The domain and its files, from the moment there is something to clean up. */
export interface Domain {
  readonly directory: VmDirectory;
  uuid: string | undefined;
}

/**
 * The startup phase: image, disks, domain, first login. `own` is called as soon as something of the VM exists, so that
 * the caller can take it away again whatever happens next.
 * @returns the guest
 * @throws FarmError
 */
export async function startUp(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
  steps: Steps,
  defer: Defer,
  own: (domain: Domain) => void,
): Promise<RenewableShell> {
  const { definition } = vm;
  const libvirt = hypervisor.libvirt(definition.metadata.connection);
  const pool = await hypervisor.store(definition.metadata.libvirt_pool_dir).poolPath();
  const directory = vmDirectory(pool, vmDirectoryName(run.project, vm.name));
  const lock = await lockVm(hypervisor.shell, vm.name, directory.lock, `${run.owner}, run ${run.run}`);
  defer(() => lock.release());
  await removeLeftover(vm, libvirt, run);
  const images = await fetchImages(vm, hypervisor, run, steps);
  run.stop.throwIfAborted();
  const domain: Domain = { directory, uuid: undefined };
  own(domain);
  const prepared = await steps.run("disks", disksDetail(vm.recipes), () =>
    prepareDisks(vm, images, directory, hypervisor, run),
  );
  const uuid = randomUUID();
  const xml = domainXml({
    definition,
    uuid,
    emulator: emulatorOf(vm, hypervisor),
    ...prepared,
    consoleLog: directory.consoleLog,
    nvram: directory.nvram,
    ownership: {
      project: run.project,
      vm: vm.name,
      run: run.run,
      directory: directory.path,
      created: new Date(run.clock.now()).toISOString(),
    },
  });
  domain.uuid = uuid;
  await steps.run("define", undefined, () => libvirt.define(xml));
  await steps.run("start", definition.virt_domain, () => libvirt.start(uuid));
  const port = await steps.run("forward", undefined, () => libvirt.forwardPort(uuid, SSH_PORT));
  const guest = await logIn(vm, { directory, uuid, port }, hypervisor, run, steps);
  defer(() => guest.close());
  return guest;
}

/** What an earlier run of this VM left: kept by the user, or of a farm that died. Nobody works on it: we hold the lock. */
async function removeLeftover(vm: PlacedVm, libvirt: LibvirtDriver, run: RunContext): Promise<void> {
  for (const domain of await libvirt.listAll()) {
    const { ownership } = domain;
    const ours = ownership?.project === run.project && ownership.vm === vm.name;
    if (ours) {
      await libvirt.remove(domain.uuid);
      run.emit({
        type: "warning",
        vm: vm.name,
        message: `removed the VM that run ${ownership.run} had left`,
      });
    } else if (domain.name === vm.name) throw taken(vm, ownership?.project);
  }
}

const taken = (vm: PlacedVm, project: string | undefined) =>
  new HypervisorError(
    project === undefined
      ? `'${vm.hypervisor}' has a domain '${vm.name}' that farm did not make`
      : `'${vm.hypervisor}' has a VM '${vm.name}' of project '${project}'`,
    { hint: "give this VM another metadata.name" },
  );

function emulatorOf(vm: PlacedVm, hypervisor: HypervisorSession): string {
  const emulator = vm.definition.emulator ?? hypervisor.state.emulators[vm.definition.arch];
  if (emulator !== undefined) return emulator;
  throw new HypervisorError(`'${hypervisor.name}' has no emulator for ${vm.definition.arch}`);
}

/** A domain that runs, and the hypervisor's port that leads to its SSH server. */
interface Running {
  readonly directory: VmDirectory;
  readonly uuid: string;
  readonly port: number;
}

async function logIn(
  vm: PlacedVm,
  { directory, uuid, port }: Running,
  hypervisor: HypervisorSession,
  run: RunContext,
  steps: Steps,
): Promise<RenewableShell> {
  const { definition, blueprint } = vm;
  const factor = definition.virt_domain === "qemu" ? EMULATION_FACTOR : 1;
  const deadlineMs = blueprint.settings.connectionTimeout * 1000 * factor;
  const libvirt = hypervisor.libvirt(definition.metadata.connection);
  const { privateKey } = await run.key(blueprint);
  const address = { vm: vm.name, host: "127.0.0.1", port, user: definition.metadata.auth.user, privateKey };
  run.emit({ type: "waiting", vm: vm.name, what: `SSH on ${address.host}:${port}`, deadlineMs });
  const stillRunning = async () => {
    const state = await libvirt.state(uuid);
    if (isOff(state)) throw new GuestError(`'${vm.name}' is no longer running: ${state}`);
  };
  const pin = { key: undefined };
  const connect = (ms: number, signal: AbortSignal = run.stop) =>
    waitForGuest(hypervisor.shell, address, {
      clock: run.clock,
      signal,
      deadlineMs: ms,
      pin,
      stillRunning,
    }).then((shell) => persistentShell(shell));
  try {
    const to = `${address.user}@${address.host}:${port}`;
    const shell = await steps.run("ssh", to, () => connect(deadlineMs));
    return renewableShell(shell, connect);
  } catch (error) {
    throw error instanceof GuestError ? await withConsole(error, directory, hypervisor) : error;
  }
}

/** The same error with the console's last lines, which often say why. */
async function withConsole(
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

/** Takes away all that farm made for a VM: the domain, its files. The lock's file stays for the next run. */
export async function removeVm(
  libvirt: LibvirtDriver,
  shell: Shell,
  domain: { uuid?: string | undefined; directory: string },
): Promise<void> {
  if (domain.uuid !== undefined) await libvirt.remove(domain.uuid);
  await changeDirectory(shell, "remove", domain.directory);
}
