import { asFarmError } from "../../errors.js";
import type { VmBlueprint } from "../../expand/vm-blueprint.js";
import type { Project } from "../../project/project.js";
import { ModuleFailure } from "../../tasks/module/failure.js";
import { Machine } from "../../tasks/run/machine.js";
import { renewableShell } from "../../transport/persistent/renewable-shell.js";
import { askHypervisors } from "../hypervisors.js";
import { findKept, running } from "./find-kept.js";
import { logInToKept, wayInto } from "./reach-guest.js";
import type { ApplyContext, Target } from "./target.js";

/** A VM that an earlier run left running, logged in to. @throws GuestError when there is none */
export async function keptVm(vm: VmBlueprint, project: Project, context: ApplyContext): Promise<Target> {
  const { emit, clock, signal } = context;
  const hypervisors = await askHypervisors(project.hypervisors, { emit, clock, signal });
  try {
    const sessions = [...hypervisors.sessions.values()];
    const kept = running(vm, await findKept([vm], project, context.instance, sessions, signal));
    const { session, definition } = kept;
    const way = await wayInto(kept, signal);
    const { auth } = definition.metadata;
    const connect = (deadlineMs?: number, stop = signal) =>
      logInToKept(kept, way, { clock, signal: stop, ...(deadlineMs !== undefined && { deadlineMs }) });
    const shell = renewableShell(await connect(), connect);
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
