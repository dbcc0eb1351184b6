import { asFarmError, GuestError } from "../errors.js";
import type { VmBlueprint } from "../expand/vm-blueprint.js";
import { guestKey } from "../keys/guest-key.js";
import { isOff } from "../libvirt/virsh.js";
import type { Project } from "../load/project.js";
import { instanceOf } from "../naming.js";
import { ModuleFailure } from "../tasks/modules/failure.js";
import { Machine } from "../tasks/run/machine.js";
import { renewableShell } from "../transport/renewable-shell.js";
import type { ApplyContext, Target } from "./apply-tasks.js";
import { waitForGuest } from "./guest.js";
import { askHypervisors } from "./hypervisors.js";
import type { HypervisorSession } from "./model.js";
import { wayIn } from "./way-in.js";

const LOGIN_MS = 60_000;

/** A VM that an earlier run left running, logged in to. @throws GuestError when there is none */
export async function keptVm(vm: VmBlueprint, project: Project, context: ApplyContext): Promise<Target> {
  const { emit, clock, signal } = context;
  const hypervisors = await askHypervisors(project.hypervisors, { emit, clock, signal });
  try {
    const found = await find(vm, project, context.instance, [...hypervisors.sessions.values()], signal);
    if (!found)
      throw new GuestError(`'${vm.name}' runs on no hypervisor`, {
        hint: "`farm run --keep` leaves VMs running",
      });
    const { session, uri, uuid } = found;
    const { domainType = "qemu" } = vm.requirements(session.state);
    const definition = vm.define(session.state, domainType);
    const libvirt = session.libvirt(uri);
    const { auth } = definition.metadata;
    const { privateKey } = await guestKey({ keyFile: vm.settings.privateKeyFile });
    const locate = await wayIn(libvirt, uuid, definition.net, signal);
    const address = { vm: vm.name, locate, user: auth.user, privateKey };
    const pin = { key: undefined };
    const stillRunning = async () => {
      const state = await libvirt.state(uuid);
      if (isOff(state)) throw new GuestError(`'${vm.name}' is no longer running: ${state}`);
    };
    const connect = (deadlineMs: number, stop = signal) =>
      waitForGuest(session.shell, address, { clock, signal: stop, deadlineMs, pin, stillRunning });
    const shell = renewableShell(await connect(LOGIN_MS), connect);
    const renew = (ms: number) =>
      shell.renew(ms, signal).catch((thrown: unknown) => {
        throw new ModuleFailure(asFarmError(thrown).message);
      });
    context.secrets.add(auth.become_password);
    return {
      machine: new Machine({
        name: vm.name,
        shell,
        become: {
          method: auth.become_method,
          user: auth.become_user,
          ...(auth.become_password !== undefined && { password: auth.become_password }),
        },
        connection: { renew },
      }),
      variables: vm.variables,
      magic: { inventory_hostname: vm.name, vm: definition, kvm_host: session.name },
      close: async () => {
        await shell.close();
        await hypervisors.close();
      },
    };
  } catch (error) {
    await hypervisors.close();
    throw error;
  }
}

interface Found {
  readonly session: HypervisorSession;
  readonly uri: string;
  readonly uuid: string;
}

async function find(
  vm: VmBlueprint,
  project: Project,
  instance: string | undefined,
  sessions: readonly HypervisorSession[],
  signal: AbortSignal,
): Promise<Found | undefined> {
  const all = await Promise.all(
    sessions.map(async (session) => {
      const host = project.hypervisors.find(({ name }) => name === session.name);
      const uri = host?.libvirtUri ?? "qemu:///session";
      const domains = await session.libvirt(uri).list(signal);
      return domains.map((domain) => ({ session, uri, domain }));
    }),
  );
  const mine = all
    .flat()
    .find(
      ({ domain: { ownership, active } }) =>
        active &&
        ownership.project === project.projectId &&
        ownership.vm === vm.name &&
        instanceOf(ownership.directory) === instance,
    );
  return mine && { session: mine.session, uri: mine.uri, uuid: mine.domain.uuid };
}
