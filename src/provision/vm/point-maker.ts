import { asFarmError, formatPosition } from "../../errors.js";
import { Inputs, recordingInputs } from "../../inputs.js";
import type { FilePhase } from "../../phases.js";
import { restoredPoint } from "../../restore/choices.js";
import type { Manifest, PointKind } from "../../restore/manifest.js";
import type { Session } from "../../tasks/run/session.js";
import type { Checkpoint } from "../../tasks/task.js";
import type { Trace } from "../../trace.js";
import type { RunContext } from "../model.js";
import type { MidwayKind } from "../vm-points.js";
import type { Prepared } from "./start-up.js";

/** What a point in the midst of a phase is made from. */
interface Midway {
  readonly tasks?: number;
  readonly looked?: Inputs;
}

/** Restores and makes the restore points of one VM in a run, and knows what its phases looked at. */
export class PointMaker {
  /** The point whose memory could not be used: it is to be made again. */
  #refused: Manifest | undefined;
  /** There are more points than before. */
  made = false;
  readonly #looked = new Inputs();

  constructor(
    private readonly prepared: Prepared,
    private readonly run: RunContext,
  ) {}

  /** Runs a phase; what it looks at is part of what later points are made from. */
  async watching<T>(phase: FilePhase, work: () => Promise<T>): Promise<T> {
    const read = this.prepared.machine.parts.vm.inputs[phase];
    try {
      return await recordingInputs(this.#looked, work);
    } finally {
      // Last: until then a point may be made from less than all of the phase's files.
      if (read) this.#looked.add(read);
    }
  }

  /** Restores the point that was chosen. @returns the state that its tasks had left @throws FarmError */
  async restore(): Promise<string> {
    const { machine, images, choices } = this.prepared;
    const point = restoredPoint(choices);
    if (!point) throw new Error("there is no point to restore");
    const { refused, state } = await machine.restore(point, images);
    if (refused) this.#refused = point;
    return state;
  }

  /** Whether the phase that makes a kind has to make it again. */
  isRefused(kind: PointKind): boolean {
    return this.#refused?.kind === kind && this.#refused.tasks === undefined;
  }

  /** Makes a restored point again, if it has to be and has no phase of its own. @throws FarmError when the guest is lost */
  async remakeBetween(state: string): Promise<void> {
    const { kind, tasks } = this.#refused ?? {};
    if (kind === undefined || (kind !== "dependencies" && tasks === undefined) || !this.#mayCreate) return;
    await this.create(kind, state, tasks === undefined ? undefined : { tasks });
  }

  get #mayCreate(): boolean {
    return this.prepared.machine.parts.vm.blueprint.settings.allowedPhases.includes("create init");
  }

  /** Makes a point that nobody asked for by name, where the user lets farm make any. @throws FarmError when the guest is lost */
  async createBetween(kind: PointKind, state: string): Promise<void> {
    if (this.#mayCreate && this.prepared.choices[kind]) await this.create(kind, state);
  }

  /** After a task with `checkpoint`: makes a point, or says why there is none. @throws FarmError when the guest is lost */
  async atCheckpoint(phase: FilePhase, checkpoint: Checkpoint, guest: Session): Promise<void> {
    const why = guest.unsaved;
    const { vm } = this.prepared.machine.parts;
    const message = `there is no restore point at ${formatPosition(checkpoint.position)}: ${why}`;
    if (why !== undefined) this.run.emit({ type: "warning", vm: vm.name, message });
    else if (phase === "dependencies" || phase === "init")
      await this.#createMidway(phase, checkpoint, guest.state(true));
  }

  async #createMidway(kind: MidwayKind, { steps: tasks, inputs }: Checkpoint, state: string): Promise<void> {
    if (!this.#mayCreate) return;
    const looked = new Inputs();
    looked.add(this.#looked);
    looked.add(inputs);
    await this.create(kind, state, { tasks, looked });
  }

  /** Makes a point of what the guest is now; one that cannot be made is a warning. @throws FarmError when the guest is lost */
  async create(kind: PointKind, state: string, midway?: Midway): Promise<void> {
    const { machine, images } = this.prepared;
    const point = await this.#manifest(kind, midway);
    try {
      await machine.save(point, images, state);
      this.made = true;
    } catch (thrown) {
      this.run.stop.throwIfAborted();
      if (!(await machine.alive())) throw thrown;
      const message = `there is no restore point ${midway ? "in " : ""}'${kind}': ${asFarmError(thrown).message}`;
      this.run.emit({ type: "warning", vm: machine.parts.vm.name, message });
    }
  }

  async #manifest(kind: PointKind, { tasks, looked = this.#looked }: Midway = {}): Promise<Manifest> {
    const { machine, images } = this.prepared;
    const { base, uuid = "", hostKey } = machine;
    const { vm, points, directory } = machine.parts;
    const digests = images.map(({ sha256 }) => sha256);
    const inputs = points.inputs(kind, digests, tasks);
    const { definition, blueprint } = vm;
    return {
      format: 1,
      name: points.newName(kind, inputs),
      kind,
      ...(tasks !== undefined && { tasks }),
      project: this.run.project,
      vm: vm.name,
      created: new Date(this.run.clock.now()).toISOString(),
      below: base?.name ?? null,
      images: images.map(({ path }) => path),
      inputs,
      trace: await this.#trace(kind, base, looked),
      domain: { name: machine.domainName, uuid, directory: directory.path },
      ...(hostKey !== undefined && { hostKey }),
      live: blueprint.settings.restoreMode === "live",
      disks: definition.disks.flatMap(({ readonly }, index) => (readonly ? [] : [index])),
      seed: points.access().seed !== undefined,
    };
  }

  /** What the phases of this run looked at, and those whose work was there already. */
  async #trace(kind: PointKind, base: Manifest | undefined, looked: Inputs): Promise<Trace> {
    if (kind === "clean") return { files: {}, variables: {}, environment: {} };
    const own = await this.prepared.machine.parts.points.trace(looked);
    return {
      files: { ...base?.trace.files, ...own.files },
      variables: { ...base?.trace.variables, ...own.variables },
      environment: { ...base?.trace.environment, ...own.environment },
    };
  }
}
