import { asFarmError, formatPosition, InterruptedError } from "../errors.js";
import { FILE_PHASES, type FilePhase, isFilePhase, type Phase } from "../phases.js";
import type { Attempt, Outcome } from "../report/events.js";
import { type PointChoices, restoredPoint } from "../restore/choices.js";
import type { PointKind } from "../restore/manifest.js";
import { countTasks } from "../tasks/read/count-tasks.js";
import { runTasks } from "../tasks/run/interpreter.js";
import type { Session } from "../tasks/run/session.js";
import type { Checkpoint, TaskFile } from "../tasks/task.js";
import { bringArtifacts } from "./artifacts.js";
import { type Ended, mayPass, tryVm } from "./attempts.js";
import { type Defer, withCleanup } from "./cleanup.js";
import { guestSession } from "./guest-session.js";
import { lifeCycle, midwayPhase, type PlannedPhase } from "./life-cycle.js";
import { consoleText } from "./log-in.js";
import type { HypervisorSession, PlacedVm, RunContext } from "./model.js";
import { PointMaker } from "./point-maker.js";
import { prunePoints } from "./prune.js";
import { type Prepared, startUp } from "./start-up.js";
import { type Steps, stepsOf } from "./steps.js";
import type { VirtualMachine } from "./virtual-machine.js";

const CONSOLE_LOG_BYTES = 1024 * 1024;

/** The phases of a VM as this run will see them. */
export const phasesOf = (vm: PlacedVm, keep: boolean, choices: PointChoices): PlannedPhase[] =>
  lifeCycle({
    allowed: new Set(vm.blueprint.settings.allowedPhases),
    files: Object.fromEntries(
      FILE_PHASES.flatMap((name) => (vm.files[name] ? [[name, vm.files[name].path]] : [])),
    ),
    keep,
    choices,
  });

/** One VM on its hypervisor, with all of its attempts. Never throws: what went wrong is the outcome. */
export async function provisionVm(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
): Promise<Outcome> {
  const start = run.clock.now();
  run.emit({ type: "vm-started", vm: vm.name, hypervisor: vm.hypervisor });
  const outcome = await tryVm(vm.name, run, (number) => liveOnce(vm, hypervisor, run, number));
  run.emit({ type: "vm-ended", vm: vm.name, outcome, durationMs: run.clock.now() - start });
  return outcome;
}

/** A whole life, from the image to the end; undefined: it passed. */
async function liveOnce(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
  number: number,
): Promise<Ended | undefined> {
  const life = new Life(vm, hypervisor, run, number);
  try {
    await withCleanup(
      (defer) => life.live(defer),
      (error) => run.emit({ type: "warning", vm: vm.name, message: error.message }),
    );
  } catch (thrown) {
    life.blame(thrown);
  }
  return life.verdict && { attempt: life.verdict, mayPass: life.mayPass };
}

/** One VM's way through its phases. The first thing that goes wrong is the verdict; nothing later replaces it. */
class Life {
  verdict: Attempt | undefined;
  /** Whether another attempt could end better than the verdict. */
  mayPass = true;
  /** What went wrong in the phase under way, whether or not it is the verdict. */
  #trouble: "failed" | "broken" | "interrupted" | undefined;
  /** Something of the VM exists: shutdown will take it away. */
  #owned = false;
  readonly #steps: Steps;
  #prepared: Prepared | undefined;
  #points: PointMaker | undefined;
  #defer: Defer | undefined;
  #guest: Session | undefined;

  constructor(
    private readonly vm: PlacedVm,
    private readonly hypervisor: HypervisorSession,
    private readonly run: RunContext,
    private readonly attempt: number,
  ) {
    this.#steps = stepsOf(vm, run);
  }

  async live(defer: Defer): Promise<void> {
    const [startup, ...planned] = phasesOf(this.vm, this.run.keep, {});
    const keepReason = planned.find(({ phase }) => phase === "shutdown")?.skip;
    if (startup?.skip !== undefined) this.#skip("startup", startup.skip);
    else await this.#phase("startup", () => this.#startUp(defer, keepReason));
    for (const planned of phasesOf(this.vm, this.run.keep, this.#prepared?.choices ?? {}))
      await this.#next(planned);
    if (this.#guest && this.#prepared)
      await bringArtifacts(this.vm, this.#prepared.machine.guest, this.run, this.attempt);
    if (!this.#owned) this.#skip("shutdown", keepReason ?? "nothing was started");
  }

  async #next({ phase, skip }: PlannedPhase): Promise<void> {
    if (phase === "startup" || phase === "shutdown") return; // deferred by startup: it comes whatever happens
    if (phase === "terminate") await this.#showFailure();
    if (!isFilePhase(phase)) await this.#pointPhase(phase, skip);
    else if (skip !== undefined) this.#skip(phase, skip);
    else await this.#filePhase(phase);
  }

  /** Makes an error the verdict, unless there is one already: then it is a warning. */
  blame(thrown: unknown, phase?: Phase): void {
    const error = asFarmError(thrown);
    const where = error.position ? `${formatPosition(error.position)}: ` : "";
    const message = `${where}${error.message}${error.hint ? ` (${error.hint})` : ""}`;
    const interrupted = error instanceof InterruptedError || this.run.stop.aborted;
    this.#trouble = interrupted ? "interrupted" : "broken";
    if (this.verdict) {
      // The user knows, and needs not be told for each phase.
      if (error instanceof InterruptedError) return;
      if (this.verdict.message !== message) this.run.emit({ type: "warning", vm: this.vm.name, message });
      return;
    }
    const about = phase !== undefined && { phase };
    this.verdict = { ...about, kind: "broken", message, ...(interrupted && { interrupted }) };
    this.mayPass = !interrupted && mayPass(error);
  }

  #skip(phase: Phase, reason: string): void {
    this.run.emit({ type: "phase-skipped", vm: this.vm.name, phase, reason });
  }

  async #phase<T>(
    phase: Phase,
    work: () => Promise<T>,
    tasks?: { readonly file: string; readonly tasks: number },
  ): Promise<T | undefined> {
    const { emit, clock } = this.run;
    const start = clock.now();
    emit({ type: "phase-started", vm: this.vm.name, phase, ...tasks });
    this.#trouble = undefined;
    this.#steps.phase = phase;
    let result: T | undefined;
    try {
      result = await work();
    } catch (error) {
      this.blame(error, phase);
    }
    const status = this.#trouble ?? "passed";
    emit({ type: "phase-ended", vm: this.vm.name, phase, status, durationMs: clock.now() - start });
    return result;
  }

  async #startUp(defer: Defer, keepReason: string | undefined): Promise<void> {
    const own = (machine: VirtualMachine) => {
      this.#owned = true;
      defer(() => this.#shutDown(machine, keepReason));
    };
    const { vm, hypervisor, run } = this;
    const prepared = await startUp(vm, hypervisor, run, this.#steps, defer, own);
    this.#prepared = prepared;
    this.#points = new PointMaker(prepared, run);
    if (!restoredPoint(prepared.choices)) this.#join(defer, prepared.machine);
    this.#defer = defer;
  }

  /** From here on tasks can run in the guest. */
  #join(defer: Defer, { guest, forwards }: VirtualMachine, state?: string): void {
    const session = guestSession(this.vm, guest, this.run, forwards);
    if (state !== undefined) session.resume(state);
    defer(() => guest.close());
    defer(() => session.end());
    this.#guest = session;
  }

  /** Restores or makes a restore point. */
  async #pointPhase(phase: Phase, skip: string | undefined): Promise<void> {
    const [verb, kind] = phase.split(" ") as ["restore" | "create", PointKind];
    const points = this.#points;
    const again = verb === "create" && points?.isRefused(kind);
    if (skip !== undefined && !again) return this.#skip(phase, skip);
    if (!points) return this.#skip(phase, "the VM did not start");
    if (this.verdict) return this.#skip(phase, `${this.verdict.phase ?? "an earlier phase"} did not pass`);
    if (this.run.stop.aborted) return this.blame(new InterruptedError("interrupted"), phase);
    await this.#phase(phase, async () => {
      if (verb === "create") return points.create(kind, this.#guest?.state() ?? "{}");
      const state = await points.restore();
      if (this.#defer && this.#prepared) this.#join(this.#defer, this.#prepared.machine, state);
      await points.remakeBetween(state);
    });
  }

  async #filePhase(phase: FilePhase): Promise<void> {
    const file = this.vm.files[phase];
    const guest = this.#guest;
    if (!guest) return this.#skip(phase, "the VM did not start");
    // terminate comes whatever happened before, also after an interruption.
    const always = phase === "terminate";
    if (this.verdict && !always)
      return this.#skip(phase, `${this.verdict.phase ?? "an earlier phase"} did not pass`);
    if (this.run.stop.aborted && !always) return this.blame(new InterruptedError("interrupted"), phase);
    if (!file) return;
    const { from, onCheckpoint } = this.#checkpoints(phase, file, guest);
    await this.#phase(
      phase,
      async () => {
        const context = {
          phase,
          emit: this.run.emit,
          clock: this.run.clock,
          tags: this.run.tasks.tags,
          diff: this.run.tasks.diff,
          ...(!always && { signal: this.run.stop }),
          ...(from && { behind: from.steps }),
          onCheckpoint,
        };
        const failure = await this.#points?.watching(phase, () => runTasks(file, guest, context));
        if (failure) this.#fail(phase, failure);
        else if (phase === "dependencies") await this.#points?.createBetween("dependencies", guest.state());
      },
      {
        file: from === undefined ? file.path : `${file.path}, after line ${from.position.line}`,
        tasks: countTasks(file.steps.slice(from?.steps ?? 0), this.run.tasks.tags),
      },
    );
  }

  /** Where a phase begins that is half behind the guest, and what is done in its midst. */
  #checkpoints(phase: FilePhase, file: TaskFile, guest: Session) {
    const restored = this.#prepared && restoredPoint(this.#prepared.choices);
    const isHalf = restored && midwayPhase(restored) === phase;
    const onCheckpoint = async (checkpoint: Checkpoint) => {
      const why = guest.unsaved;
      const where = `there is no restore point at ${formatPosition(checkpoint.position)}`;
      if (why !== undefined)
        this.run.emit({ type: "warning", vm: this.vm.name, message: `${where}: ${why}` });
      else if (phase === "dependencies" || phase === "init")
        await this.#points?.createMidway(phase, checkpoint, guest.state(true));
    };
    return {
      from: isHalf ? file.checkpoints.find(({ steps }) => steps === restored.tasks) : undefined,
      onCheckpoint,
    };
  }

  #fail(phase: Phase, { task, message }: { task: string; message: string }): void {
    const text = `task '${task}' failed: ${message}`;
    this.#trouble = "failed";
    if (this.verdict) this.run.emit({ type: "warning", vm: this.vm.name, message: `${phase}: ${text}` });
    else this.verdict = { kind: "failed", phase, task, message: text };
  }

  /** Somebody may want to look at what did not pass; an attempt that is followed by another is none of that. */
  get #isToBeLookedAt(): boolean {
    const { retries, stop } = this.run;
    const isLast = this.attempt > retries || !this.mayPass;
    return this.verdict !== undefined && isLast && !stop.aborted;
  }

  #keptForItsFailure(): string | undefined {
    return this.run.keepsFailed && this.#isToBeLookedAt ? "the VM did not pass, and is kept" : undefined;
  }

  async #showFailure(): Promise<void> {
    const machine = this.#prepared?.machine;
    if (!this.#isToBeLookedAt || !this.#guest || !machine) return;
    await this.run.onFailedGuest?.({ vm: this.vm.name, connect: (signal) => machine.connect(signal) });
  }

  async #shutDown(machine: VirtualMachine, keepReason: string | undefined): Promise<void> {
    const { shell } = this.hypervisor;
    const log = consoleText(shell, machine.directory, CONSOLE_LOG_BYTES);
    const console = await log.catch((error: unknown) => {
      this.run.emit({
        type: "warning",
        vm: this.vm.name,
        message: `no console log: ${asFarmError(error).message}`,
      });
      return "";
    });
    const name = this.attempt === 1 ? "console.log" : `console.attempt-${this.attempt}.log`;
    await this.run.saveLog(this.vm.name, name, console);
    await machine.written();
    const kept = keepReason ?? this.#keptForItsFailure();
    if (kept !== undefined && machine.uuid !== undefined) {
      await machine.keepHostKey();
      return this.#skip("shutdown", kept);
    }
    await this.#phase("shutdown", () => machine.remove());
    if (this.#points?.made) await prunePoints(machine, this.run);
  }
}
