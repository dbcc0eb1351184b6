import { asFarmError, formatPosition, InterruptedError } from "../errors.js";
import { FILE_PHASES, type FilePhase, isFilePhase, type Phase } from "../phases.js";
import type { Outcome } from "../report/events.js";
import { runTasks } from "../tasks/run/interpreter.js";
import type { Session } from "../tasks/run/session.js";
import { type Defer, withCleanup } from "./cleanup.js";
import { guestSession } from "./guest-session.js";
import { lifeCycle, type PlannedPhase } from "./life-cycle.js";
import type { HypervisorSession, PlacedVm, RunContext } from "./model.js";
import { consoleText, type Domain, removeVm, startUp } from "./start-up.js";
import { stepsOf } from "./steps.js";

const CONSOLE_LOG_BYTES = 1024 * 1024;

/** An outcome that is not the good one. */
type Verdict = Exclude<Outcome, { kind: "passed" }>;

/** The phases of a VM as this run will see them. */
export const phasesOf = (vm: PlacedVm, keep: boolean): PlannedPhase[] =>
  lifeCycle({
    allowed: new Set(vm.blueprint.settings.allowedPhases),
    files: Object.fromEntries(
      FILE_PHASES.flatMap((name) => (vm.files[name] ? [[name, vm.files[name].path]] : [])),
    ),
    keep,
  });

/** The whole life of one VM on its hypervisor, from its image to its end. Never throws: what went wrong is the outcome. */
export async function provisionVm(
  vm: PlacedVm,
  hypervisor: HypervisorSession,
  run: RunContext,
): Promise<Outcome> {
  const start = run.clock.now();
  run.emit({ type: "vm-started", vm: vm.name, hypervisor: vm.hypervisor });
  const life = new Life(vm, hypervisor, run);
  try {
    await withCleanup(
      (defer) => life.live(defer),
      (error) => run.emit({ type: "warning", vm: vm.name, message: error.message }),
    );
  } catch (thrown) {
    life.blame(thrown);
  }
  const outcome: Outcome = life.verdict ?? { vm: vm.name, kind: "passed" };
  run.emit({ type: "vm-ended", vm: vm.name, outcome, durationMs: run.clock.now() - start });
  return outcome;
}

/** One VM's way through its phases. The first thing that goes wrong is the verdict; nothing later replaces it. */
class Life {
  verdict: Verdict | undefined;
  /** What went wrong in the phase under way, whether or not it is the verdict. */
  #trouble: "failed" | "broken" | "interrupted" | undefined;
  /** Something of the VM exists: shutdown will take it away. */
  #owned = false;

  constructor(
    private readonly vm: PlacedVm,
    private readonly hypervisor: HypervisorSession,
    private readonly run: RunContext,
  ) {}

  async live(defer: Defer): Promise<void> {
    const phases = phasesOf(this.vm, this.run.keep);
    const shutdown = phases.find(({ phase }) => phase === "shutdown");
    let guest: Session | undefined;
    for (const { phase, skip } of phases) {
      if (phase === "shutdown") continue; // deferred by startup: it comes whatever happens
      if (skip !== undefined) this.#skip(phase, skip);
      else if (phase === "startup")
        guest = await this.#phase(phase, () => this.#startUp(defer, shutdown?.skip));
      else if (isFilePhase(phase)) await this.#filePhase(phase, guest);
    }
    if (!this.#owned) this.#skip("shutdown", shutdown?.skip ?? "nothing was started");
  }

  /** Makes an error the verdict, unless there is one already: then it is a warning. */
  blame(thrown: unknown, phase?: Phase): void {
    const error = asFarmError(thrown);
    const where = error.position ? `${formatPosition(error.position)}: ` : "";
    const message = `${where}${error.message}${error.hint ? ` (${error.hint})` : ""}`;
    const interrupted = error instanceof InterruptedError || this.run.stop.aborted;
    this.#trouble = interrupted ? "interrupted" : "broken";
    if (this.verdict) {
      if (this.verdict.message !== message) this.run.emit({ type: "warning", vm: this.vm.name, message });
      return;
    }
    const about = { vm: this.vm.name, ...(phase !== undefined && { phase }) };
    this.verdict = { ...about, kind: "broken", message, ...(interrupted && { interrupted }) };
  }

  #skip(phase: Phase, reason: string): void {
    this.run.emit({ type: "phase-skipped", vm: this.vm.name, phase, reason });
  }

  async #phase<T>(phase: Phase, work: () => Promise<T>, file?: string): Promise<T | undefined> {
    const { emit, clock } = this.run;
    const start = clock.now();
    emit({ type: "phase-started", vm: this.vm.name, phase, ...(file !== undefined && { file }) });
    this.#trouble = undefined;
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

  async #startUp(defer: Defer, keepReason: string | undefined): Promise<Session> {
    const steps = stepsOf(this.vm, this.run);
    const own = (domain: Domain) => {
      this.#owned = true;
      defer(() => this.#shutDown(domain, keepReason));
    };
    const guest = await startUp(this.vm, this.hypervisor, this.run, steps, defer, own);
    const session = guestSession(this.vm, guest, this.run);
    defer(() => session.end());
    return session;
  }

  async #filePhase(phase: FilePhase, guest: Session | undefined): Promise<void> {
    const file = this.vm.files[phase];
    if (!guest) return this.#skip(phase, "the VM did not start");
    // terminate comes whatever happened before, also after an interruption.
    const always = phase === "terminate";
    if (this.verdict && !always)
      return this.#skip(phase, `${this.verdict.phase ?? "an earlier phase"} did not pass`);
    if (this.run.stop.aborted && !always) return this.blame(new InterruptedError("interrupted"), phase);
    if (!file) return;
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
        };
        const failure = await runTasks(file, guest, context);
        if (failure) this.#fail(phase, failure);
      },
      file.path,
    );
  }

  #fail(phase: Phase, { task, message }: { task: string; message: string }): void {
    const text = `task '${task}' failed: ${message}`;
    this.#trouble = "failed";
    if (this.verdict) this.run.emit({ type: "warning", vm: this.vm.name, message: `${phase}: ${text}` });
    else this.verdict = { vm: this.vm.name, kind: "failed", phase, task, message: text };
  }

  async #shutDown(domain: Domain, keepReason: string | undefined): Promise<void> {
    const { shell } = this.hypervisor;
    const console = await consoleText(shell, domain.directory, CONSOLE_LOG_BYTES).catch((error: unknown) => {
      this.run.emit({
        type: "warning",
        vm: this.vm.name,
        message: `no console log: ${asFarmError(error).message}`,
      });
      return "";
    });
    await this.run.saveLog(this.vm.name, "console.log", console);
    if (keepReason !== undefined && domain.uuid !== undefined) return this.#skip("shutdown", keepReason);
    await this.#phase("shutdown", () => {
      const libvirt = this.hypervisor.libvirt(this.vm.definition.metadata.connection);
      return removeVm(libvirt, shell, { uuid: domain.uuid, directory: domain.directory.path });
    });
  }
}
