import { asFarmError, ConfigError, GuestError } from "../../errors.js";
import type { Emit, TaskStatus } from "../../events.js";
import { loadTaskFile } from "../../tasks/read/load.js";
import { rolePlaces } from "../../tasks/read/roles-path.js";
import { Sources } from "../../tasks/read/sources.js";
import { runTasks } from "../../tasks/run/interpreter.js";
import type { Machine } from "../../tasks/run/machine.js";
import { Session } from "../../tasks/run/session.js";
import { World } from "../../tasks/run/world.js";
import { didYouMean } from "../../values/nearest.js";
import { inventoryMachine } from "./farm-world.js";
import { keptVm } from "./kept-vm.js";
import type { ApplyContext, Target } from "./target.js";

const PHASE = "apply";

/**
 * Runs a task file on one machine.
 * @returns 0, or 1 when a task failed @throws ConfigError(s) before the machine is touched, and what connecting throws
 */
export async function applyTasks(path: string, name: string, context: ApplyContext): Promise<number> {
  const { inventory, clock, signal, check, diff, tags, answer } = context;
  const { directory, files, hosts, extraVariables: extra } = inventory;
  const sources = new Sources({
    project: directory,
    files,
    answer,
    rolePlaces: rolePlaces(directory, process.env),
  });
  const file = await loadTaskFile(path, sources);
  const start = clock.now();
  const counted = counting(context.emit);
  const target = await targetOf(name, context);
  const others: Machine[] = [];
  const connect = async (other: string) => {
    const machine =
      hosts.has(other) || other === "localhost"
        ? await inventoryMachine(other, hosts.get(other), signal)
        : undefined;
    if (machine) others.push(machine);
    return machine;
  };
  const world = new World({ hosts, connect });
  const { machine, variables, magic } = target;
  const session = new Session({
    machine,
    vm: name,
    variables,
    extra,
    magic,
    world,
    project: directory,
    files,
  });
  world.join(session);
  const ended = (exitCode: number): number => {
    const durationMs = clock.now() - start;
    context.emit({ type: "apply-ended", host: name, exitCode, tasks: counted.counts, durationMs });
    return exitCode;
  };
  try {
    const run = { phase: PHASE, emit: counted.emit, clock, signal, check, diff, tags };
    return ended((await runTasks(file, session, run)) ? 1 : 0);
  } catch (error) {
    ended(asFarmError(error).exitCode);
    throw error;
  } finally {
    await session.end();
    await Promise.all([target.close(), ...others.map(({ shell }) => shell.close())]);
  }
}

function counting(emit: Emit): { emit: Emit; counts: Record<TaskStatus | "ignored", number> } {
  const counts = { ok: 0, changed: 0, failed: 0, skipped: 0, ignored: 0 };
  return {
    counts,
    emit: (event) => {
      if (event.type === "task-ended") counts[event.ignored ? "ignored" : event.status] += 1;
      emit(event);
    },
  };
}

/** localhost, a host of the inventory, or a VM of the project that runs. */
async function targetOf(name: string, context: ApplyContext): Promise<Target> {
  const { inventory, signal } = context;
  const host = inventory.hosts.get(name);
  if (host || name === "localhost") {
    const machine = await inventoryMachine(name, host, signal);
    context.secrets.add(machine.become.password);
    const magic = {
      inventory_hostname: name,
      inventory_hostname_short: name.split(".")[0] ?? name,
    };
    return { machine, variables: host?.variables ?? {}, magic, close: () => machine.shell.close() };
  }
  if (inventory.inventoryPath === undefined)
    throw new ConfigError(`there is no machine '${name}'`, {
      hint: "name it with --inventory, or leave --on out for localhost",
    });
  const project = await context.project(inventory.inventoryPath);
  const vm = project.vms.find((each) => each.name === name);
  if (!vm) {
    const known = [...inventory.hosts.keys(), ...project.vms.map((each) => each.name)];
    throw new ConfigError(`the inventory has no host or VM '${name}'${didYouMean(name, known)}`);
  }
  try {
    return await keptVm(vm, project, context);
  } catch (thrown) {
    const error = asFarmError(thrown);
    throw error instanceof GuestError || error instanceof ConfigError ? error : thrown;
  }
}
