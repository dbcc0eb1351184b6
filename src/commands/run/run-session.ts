import { hostname, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../../clock.js";
import { asFarmError } from "../../errors.js";
import type { Emit, Outcome } from "../../events.js";
import { type GuestKey, guestKey } from "../../keys/guest-key.js";
import { runId } from "../../naming.js";
import type { Project, VmBlueprint } from "../../project/project.js";
import { keepCacheLimits } from "../../provision/garbage/cache-limits.js";
import type { Hypervisors } from "../../provision/hypervisors.js";
import { farmWorld } from "../../provision/kept/farm-world.js";
import type { PointRules, RunContext, TaskSurroundings } from "../../provision/model.js";
import type { PlannedVm } from "../../provision/plan/make-plan.js";
import { exitCodeOf, runFarm } from "../../provision/run-farm.js";
import { WrittenRecords } from "../../provision/run-records.js";
import { emitter, type Reporter } from "../../report/emitter.js";
import { type LogDirectory, logDirectory } from "../../report/log-directory.js";
import type { Secrets } from "../../report/mask.js";
import { KEPT_RUNS, removeOldRuns } from "../../report/run-history.js";
import type { World } from "../../tasks/run/world.js";
import type { TimeLimit } from "../../time-limit.js";
import type { UserTerminal } from "../../transport/ssh/user-session.js";
import type { CommandContext } from "../context.js";
import {
  type ChoiceOptions,
  type FarmOptions,
  type FreshOptions,
  type InstanceOption,
  type TagOptions,
  tagChoice,
} from "../options.js";
import { fingerprintsOnce, pointRules } from "../point-rules.js";
import { prepare, type ReadProject } from "../prepare.js";
import { runsDirectory } from "../state-directory.js";
import { collectSecrets } from "./collect-secrets.js";
import { failureShell } from "./failure-shell.js";
import { type OutputGate, outputGate } from "./output-gate.js";
import { type ReportOptions, runReporters } from "./run-reporters.js";
import { notBegun, stoppingBecause } from "./run-time.js";

/** The options of `farm run`. */
export interface RunOptions
  extends Omit<FarmOptions, "format">,
    ChoiceOptions,
    FreshOptions,
    InstanceOption,
    TagOptions,
    ReportOptions {
  readonly retry: number;
  readonly failOnFlaky?: boolean;
  readonly artifacts?: string;
  readonly diff?: boolean;
  readonly keep?: boolean;
  readonly onFailure?: "keep" | "shell";
  readonly wait?: boolean;
  readonly timeout?: TimeLimit;
  readonly runDir?: string;
}

/** One run from its first event to its last. */
export class RunSession {
  private readonly project: Project;
  readonly #start = systemClock.now();
  readonly #run = runId(this.#start);
  readonly #directory: string;
  readonly #logs: LogDirectory;
  readonly #reporters: readonly Reporter[];
  readonly #emit: Emit;
  readonly #points: PointRules;
  readonly #gate: OutputGate;

  constructor(
    private readonly read: ReadProject,
    private readonly options: RunOptions,
    private readonly context: CommandContext,
    private readonly secrets: Secrets,
    /** For a shell in a guest that did not pass. */
    private readonly terminal: UserTerminal | undefined,
    /** Called when the VMs have ended: the run's limit counts no longer. */
    private readonly atEnd: () => void,
  ) {
    const { project } = read;
    this.project = project;
    this.#points = pointRules(project, options);
    const runs = runsDirectory(project.projectId);
    this.#directory = options.runDir === undefined ? join(runs, this.#run) : resolve(options.runDir);
    this.#logs = logDirectory(this.#directory, project.projectId);
    this.#gate = outputGate(context.stdout);
    const shown = { ...context, stdout: this.#gate.write };
    this.#reporters = [this.#logs, ...runReporters(options, shown, { runs, logs: this.#logs })];
    this.#emit = emitter(this.#reporters, () => systemClock.now(), this.secrets);
  }

  async run(): Promise<number> {
    const { stop } = this.context;
    const vms = this.project.vms.map(({ name }) => name);
    const { projectId } = this.project;
    this.#emit({
      type: "run-started",
      run: this.#run,
      project: projectId,
      vms,
      machines: this.project.vms.map(({ name: vm, platform, target }) => ({ vm, platform, target })),
      runDirectory: this.#directory,
    });
    await this.#removeOldRuns();
    stop.addEventListener("abort", () =>
      this.#emit({ type: "interrupting", message: stoppingBecause(stop.reason) }),
    );
    try {
      if (vms.length === 0) return this.#nothingToDo();
      const { plan, hypervisors } = await this.#prepare();
      for (const { placed } of plan) if (placed) collectSecrets(placed.definition, this.secrets);
      const outcomes = await this.#farm(plan, hypervisors);
      return this.#end(outcomes);
    } finally {
      this.atEnd();
      await Promise.all(this.#reporters.map((reporter) => reporter.close?.()));
    }
  }

  /** Of many shards one may have no VM: the work is done then. */
  #nothingToDo(): number {
    this.#emit({ type: "warning", message: "there is no VM to run" });
    return this.#ended(0, []);
  }

  async #removeOldRuns(): Promise<void> {
    const runs = runsDirectory(this.project.projectId);
    for (const message of await removeOldRuns(runs, KEPT_RUNS, this.#start))
      this.#emit({ type: "warning", message });
  }

  async #prepare() {
    const { stop } = this.context;
    try {
      return await prepare(this.read, this.#points, this.#emit, stop);
    } catch (thrown) {
      const error = stop.aborted ? notBegun(stop.reason) : asFarmError(thrown);
      this.#ended(error.exitCode, []);
      throw error;
    }
  }

  async #farm(plan: readonly PlannedVm[], hypervisors: Hypervisors): Promise<Outcome[]> {
    const shells = new Map([...hypervisors.sessions].map(([name, { shell }]) => [name, shell]));
    const { world, close } = farmWorld(this.project, shells);
    try {
      const context = this.#context(world, plan);
      const outcomes = await runFarm(plan, hypervisors, context);
      this.atEnd();
      await keepCacheLimits(this.project.hypervisors, hypervisors.sessions, context);
      return outcomes;
    } finally {
      await close();
      await hypervisors.close();
    }
  }

  #tasks(world: World): TaskSurroundings {
    const { directory, files, extraVariables: extra } = this.project;
    const { diff = false } = this.options;
    return { world, directory, files, extra, tags: tagChoice(this.options), diff };
  }

  #context(world: World, plan: readonly PlannedVm[]): RunContext {
    const { artifacts } = this.options;
    const self = {
      run: this.#run,
      project: this.project.projectId,
      instance: this.options.instance,
      owner: `${userInfo().username}@${hostname()}, process ${process.pid}`,
      emit: this.#emit,
      clock: systemClock,
    };
    return {
      ...self,
      records: new WrittenRecords(plan, self),
      stop: this.context.stop,
      keep: this.options.keep === true,
      keepsFailed: this.options.onFailure === "keep",
      onFailedGuest: this.#failureShell(),
      retries: this.options.retry,
      artifacts: artifacts === undefined ? undefined : resolve(artifacts),
      waits: this.options.wait !== false,
      tasks: this.#tasks(world),
      key: keysOnce(),
      points: this.#points,
      fingerprints: fingerprintsOnce(),
      saveLog: (vm, name, content) => this.#logs.saveLog(vm, name, this.secrets.mask(content)),
    };
  }

  #failureShell(): RunContext["onFailedGuest"] {
    const { terminal } = this;
    if (!terminal) return undefined;
    const { stdin, stdout, stderr } = process;
    const streams = { stdin, stdout, stderr };
    return failureShell({ terminal, streams, emit: this.#emit, gate: this.#gate, signal: this.context.stop });
  }

  #end(outcomes: readonly Outcome[]): number {
    return this.#ended(exitCodeOf(outcomes, this.context.stop, this.options.failOnFlaky), outcomes);
  }

  /** The last event of a run, whichever way it ended. */
  #ended(exitCode: number, outcomes: readonly Outcome[]): number {
    const durationMs = systemClock.now() - this.#start;
    this.#emit({ type: "run-ended", exitCode, outcomes, runDirectory: this.#directory, durationMs });
    return exitCode;
  }
}

/** Each key file is read, or made, once a run. */
function keysOnce(): (blueprint: VmBlueprint) => Promise<GuestKey> {
  const keys = new Map<string | undefined, Promise<GuestKey>>();
  return ({ settings: { privateKeyFile: keyFile } }) => {
    const key = keys.get(keyFile) ?? guestKey({ keyFile });
    keys.set(keyFile, key);
    return key;
  };
}
