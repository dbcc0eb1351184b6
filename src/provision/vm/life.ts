import { FetchedFiles } from "../../artifacts/fetched.js";
import { vmDirectoryOf } from "../../artifacts/local-path.js";
import { InterruptedError } from "../../errors.js";
import { failPoint } from "../../fail-point.js";
import { type FilePhase, isFilePhase, type Phase } from "../../phases.js";
import { restoredPoint } from "../../restore/choices.js";
import type { PointKind } from "../../restore/manifest.js";
import { countTasks } from "../../tasks/read/count-tasks.js";
import { runTasks } from "../../tasks/run/interpreter.js";
import type { Session } from "../../tasks/run/session.js";
import type { Checkpoint, TaskFile } from "../../tasks/task.js";
import { guestSession } from "../guest/guest-session.js";
import { midwayPhase, type PlannedPhase, phasesOf } from "../life-cycle.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import { type Steps, stepsOf } from "../steps.js";
import { bringArtifacts } from "./artifacts.js";
import type { Defer } from "./cleanup.js";
import { Overrun, withinLimit } from "./phase-limit.js";
import { PointMaker } from "./point-maker.js";
import { prunePoints } from "./prune.js";
import { isToBeLookedAt, saveConsole } from "./shut-down.js";
import { type Prepared, startUp } from "./start-up.js";
import { Verdict } from "./verdict.js";
import type { VirtualMachine } from "./virtual-machine.js";

/** One VM's way through its phases. */
export class Life {
  readonly verdict: Verdict;
  /** Something of the VM exists: shutdown will take it away. */
  #owned = false;
  readonly #steps: Steps;
  #prepared: Prepared | undefined;
  #points: PointMaker | undefined;
  #defer: Defer | undefined;
  #guest: Session | undefined;
  /** Closes the connection to the guest. */
  #leave: (isEnding: boolean) => Promise<void> = async () => undefined;
  /** None without `--artifacts`. */
  readonly #fetched: FetchedFiles | undefined;

  constructor(
    private readonly vm: PlacedVm,
    private readonly hypervisor: HypervisorSession,
    private readonly run: RunContext,
    private readonly attempt: number,
  ) {
    this.#steps = stepsOf(vm, run);
    this.verdict = new Verdict(vm.name, run);
    if (run.artifacts !== undefined)
      this.#fetched = new FetchedFiles(vmDirectoryOf(run.artifacts, vm.name, attempt));
  }

  async live(defer: Defer): Promise<void> {
    const [startup, ...planned] = phasesOf(this.vm, this.run.keep, {});
    const keepReason = planned.find(({ phase }) => phase === "shutdown")?.skip;
    if (startup?.skip !== undefined) this.#skip("startup", startup.skip);
    else await this.#phase("startup", () => this.#startUp(defer, keepReason));
    for (const planned of phasesOf(this.vm, this.run.keep, this.#prepared?.choices ?? {}))
      await this.#next(planned);
    if (this.#guest && this.#prepared && this.#fetched)
      await bringArtifacts(this.vm, this.#prepared.machine.guest, this.run, this.#fetched);
    if (!this.#owned) this.#skip("shutdown", keepReason ?? "nothing was started");
  }

  async #next({ phase, skip }: PlannedPhase): Promise<void> {
    if (phase === "startup" || phase === "shutdown") return; // deferred by startup: it comes whatever happens
    if (phase === "terminate") await this.#showFailure();
    if (!isFilePhase(phase)) await this.#pointPhase(phase, skip);
    else if (skip !== undefined) this.#skip(phase, skip);
    else await this.#filePhase(phase);
  }

  #skip(phase: Phase, reason: string): void {
    this.run.emit({ type: "phase-skipped", vm: this.vm.name, phase, reason });
  }

  async #phase<T>(
    phase: Phase,
    work: () => Promise<T>,
    tasks?: { readonly file: string; readonly tasks: number; readonly limitMs?: number },
  ): Promise<T | undefined> {
    const { emit, clock } = this.run;
    const start = clock.now();
    emit({ type: "phase-started", vm: this.vm.name, phase, ...tasks });
    this.verdict.trouble = undefined;
    this.#steps.phase = phase;
    failPoint(phase);
    let result: T | undefined;
    try {
      result = await work();
    } catch (error) {
      this.verdict.blame(error, phase);
    }
    failPoint(`${phase}.`);
    const status = this.verdict.trouble ?? "passed";
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
    const session = guestSession(this.vm, guest, this.run, { forwards, fetched: this.#fetched });
    if (state !== undefined) session.resume(state);
    this.#leave = (isEnding) => guest.close(isEnding);
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
    const { because } = this.verdict;
    if (because !== undefined) return this.#skip(phase, because);
    if (this.run.stop.aborted) return this.verdict.blame(new InterruptedError("interrupted"), phase);
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
    const { because } = this.verdict;
    if (because !== undefined && !always) return this.#skip(phase, because);
    if (this.run.stop.aborted && !always)
      return this.verdict.blame(new InterruptedError("interrupted"), phase);
    if (!file) return;
    const { from, onCheckpoint } = this.#checkpoints(phase, file, guest);
    const limit = this.vm.blueprint.settings.phaseLimits[phase];
    await this.#phase(
      phase,
      async () => {
        const { clock } = this.run;
        const { tags, diff } = this.run.tasks;
        const behind = from && { behind: from.steps };
        const ended = await withinLimit(phase, limit, this.run, async (watched) => {
          const context = { phase, clock, tags, diff, ...watched, ...behind, onCheckpoint };
          return this.#points?.watching(phase, () => runTasks(file, guest, context));
        });
        if (ended instanceof Overrun) this.verdict.overrun(phase, ended);
        else if (ended) this.verdict.fail(phase, ended);
        else if (phase === "dependencies") await this.#points?.createBetween("dependencies", guest.state());
      },
      {
        file: from === undefined ? file.path : `${file.path}, after line ${from.position.line}`,
        tasks: countTasks(file.steps.slice(from?.steps ?? 0), this.run.tasks.tags),
        ...(limit && { limitMs: limit.ms }),
      },
    );
  }

  /** Where a phase begins that is half behind the guest, and what is done in its midst. */
  #checkpoints(phase: FilePhase, file: TaskFile, guest: Session) {
    const restored = this.#prepared && restoredPoint(this.#prepared.choices);
    const isHalf = restored && midwayPhase(restored) === phase;
    return {
      from: isHalf ? file.checkpoints.find(({ steps }) => steps === restored.tasks) : undefined,
      onCheckpoint: async (checkpoint: Checkpoint) => this.#points?.atCheckpoint(phase, checkpoint, guest),
    };
  }

  #keptForItsFailure(): string | undefined {
    const isKept = this.run.keepsFailed && isToBeLookedAt(this.verdict, this.attempt, this.run);
    return isKept ? "the VM did not pass, and is kept" : undefined;
  }

  async #showFailure(): Promise<void> {
    const machine = this.#prepared?.machine;
    if (!this.#guest || !machine || !isToBeLookedAt(this.verdict, this.attempt, this.run)) return;
    await this.run.onFailedGuest?.({ vm: this.vm.name, connect: (signal) => machine.connect(signal) });
  }

  async #shutDown(machine: VirtualMachine, keepReason: string | undefined): Promise<void> {
    await machine.written();
    const kept = keepReason ?? this.#keptForItsFailure();
    const leave = (isEnding: boolean) =>
      Promise.all([this.#leave(isEnding), saveConsole(machine, this.attempt)]);
    if (kept !== undefined && machine.uuid !== undefined) {
      await leave(false);
      await machine.keep();
      return this.#skip("shutdown", kept);
    }
    await this.#phase("shutdown", () => machine.remove(() => leave(true)));
    if (this.#points?.made) await prunePoints(machine, this.run);
  }
}
