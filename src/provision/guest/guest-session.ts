import type { FetchedFiles } from "../../artifacts/fetched.js";
import { asFarmError } from "../../errors.js";
import type { OpenForward } from "../../libvirt/domain/passt.js";
import { ModuleFailure } from "../../tasks/module/failure.js";
import { Machine } from "../../tasks/run/machine.js";
import { Session } from "../../tasks/run/session.js";
import type { RenewableShell } from "../../transport/persistent/renewable-shell.js";
import type { Become } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";

interface GuestSessionOptions {
  readonly forwards?: readonly OpenForward[];
  /** Gets what `fetch` tasks take. */
  readonly fetched?: FetchedFiles | undefined;
}

/** A guest as tasks see it, for all of its phases. */
export function guestSession(
  vm: PlacedVm,
  shell: RenewableShell,
  run: RunContext,
  { forwards = [], fetched }: GuestSessionOptions = {},
): Session {
  const { auth } = vm.definition.metadata;
  const become: Become = {
    method: auth.become_method,
    user: auth.become_user,
    ...(auth.become_password !== undefined && { password: auth.become_password }),
  };
  const renew = async (deadlineMs: number) => {
    try {
      await shell.renew(deadlineMs, run.stop);
    } catch (thrown) {
      if (run.stop.aborted) throw thrown;
      throw new ModuleFailure(asFarmError(thrown).message);
    }
  };
  const { world, directory, files, extra } = run.tasks;
  const session = new Session({
    machine: new Machine({ name: vm.name, shell, become, connection: { renew } }),
    vm: vm.name,
    variables: vm.blueprint.variables,
    extra,
    magic: {
      inventory_hostname: vm.name,
      inventory_hostname_short: vm.name.split(".")[0] ?? vm.name,
      vm: vm.definition,
      kvm_host: vm.hypervisor,
      forwards,
      ansible_connection: "ssh",
      ansible_user: auth.user,
      ansible_host: vm.name,
    },
    world,
    project: directory,
    files,
    fetched,
  });
  world.join(session);
  return session;
}
