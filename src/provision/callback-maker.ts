import { relative } from "node:path";
import { ImageError } from "../errors.js";
import type { Maker } from "../images/maker.js";
import type { OwnCallback } from "../images/recipe/image-recipe.js";
import { Inputs, noteAgain, recordingInputs } from "../inputs.js";
import type { Fingerprints } from "../restore/fingerprint.js";
import { runTasks } from "../tasks/run/interpreter.js";
import { Machine } from "../tasks/run/machine.js";
import { Session } from "../tasks/run/session.js";
import { callbackSurroundings, callbackTrace, judgeTrace } from "./callback-trace.js";
import type { HypervisorSession, PlacedVm, RunContext } from "./model.js";
import { watched } from "./watched.js";

/** What a callback's key and trace depend on: known before anything runs. */
export interface CallbackRules {
  readonly fingerprints: Fingerprints;
  readonly project: string;
  /** The project's directory, absolute. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Names and judges what one callback makes for one VM; runs nothing. */
export function callbackJudge(
  vm: PlacedVm,
  callback: OwnCallback,
  rules: CallbackRules,
): Pick<Maker, "key" | "judge"> {
  const { fingerprints, project, directory } = rules;
  const now = callbackSurroundings(vm, callback, rules);
  const { file, task, dest } = callback;
  const made = [relative(directory, file), task, dest];
  return {
    key: (base, whose) =>
      fingerprints.text(JSON.stringify([...made, base, ...(whose === "this" ? [project, vm.name] : [])])),
    judge: (trace) => judgeTrace(trace, now),
  };
}

/** The same for a run: it also does the work, as the user that farm works as on the hypervisor. */
export function callbackMaker(
  vm: PlacedVm,
  callback: OwnCallback,
  hypervisor: HypervisorSession,
  run: RunContext,
  rules: CallbackRules,
): Maker {
  const now = callbackSurroundings(vm, callback, rules);
  return {
    ...callbackJudge(vm, callback, rules),
    run: async (directory, signal) => {
      const looked = new Inputs();
      const parts: (readonly string[])[] = [];
      const note = (part: readonly string[]) => void parts.push(part);
      await recordingInputs(looked, () =>
        runCallback({ vm, callback, directory, note }, hypervisor, run, signal),
      );
      return callbackTrace(looked, parts, now);
    },
  };
}

interface CallbackRun {
  readonly vm: PlacedVm;
  readonly callback: OwnCallback;
  /** Instead of the definition's `tmp_dir`. */
  readonly directory: string | undefined;
  readonly note: (part: readonly string[]) => void;
}

/** Runs a callback's task file on the hypervisor. @throws FarmError, ImageError when a task fails */
export async function runCallback(
  { vm, callback, directory, note }: CallbackRun,
  hypervisor: HypervisorSession,
  run: RunContext,
  signal: AbortSignal,
): Promise<void> {
  const loaded = vm.callbacks.get(callback.file);
  if (!loaded) throw new ImageError(`the callback ${callback.shown} was not read`);
  const session = callbackSession({ vm, callback, directory, note }, hypervisor, run);
  noteAgain(loaded.inputs);
  const { emit, clock } = run;
  const context = { phase: "startup", emit, clock, signal, diff: run.tasks.diff };
  try {
    const failure = await runTasks(loaded.tasks, session, context);
    if (!failure) return;
    throw new ImageError(
      `the callback ${callback.shown} failed on '${hypervisor.name}': task '${failure.task}': ${failure.message}`,
    );
  } finally {
    await session.end();
  }
}

/** It is not known to the other machines: several VMs have such sessions on one hypervisor at the same time. */
function callbackSession(
  { vm, callback, directory, note }: CallbackRun,
  hypervisor: HypervisorSession,
  run: RunContext,
): Session {
  const { definition, blueprint } = vm;
  const metadata = { ...definition.metadata, ...(directory !== undefined && { tmp_dir: `${directory}/` }) };
  const { world, directory: project, files, extra } = run.tasks;
  const { name, shell } = hypervisor;
  return new Session({
    machine: new Machine({ name, shell, become: { method: "sudo", user: "root" } }),
    vm: vm.name,
    variables: blueprint.variables,
    extra,
    magic: {
      inventory_hostname: vm.name,
      inventory_hostname_short: vm.name.split(".")[0] ?? vm.name,
      vm: watched({ ...definition, metadata }, ["vm"], note),
      source: watched(callback.source, ["source"], note),
      task: callback.task,
      kvm_host: name,
    },
    world,
    project,
    files,
  });
}
