import { asFarmError } from "../errors.js";
import { vmDirectoryName } from "../naming.js";
import { describeRun } from "../restore/run-record.js";
import type { HypervisorSession, PlacedVm, RunContext, RunRecords } from "./model.js";
import type { PlannedVm } from "./plan/make-plan.js";
import { type DeadRun, type OpenRecord, openRecord } from "./run-record.js";

type Writer = Pick<RunContext, "run" | "project" | "instance" | "owner" | "emit" | "clock">;

/** A file in each pool directory, locked for as long as the connection lives. */
export class WrittenRecords implements RunRecords {
  readonly #open = new Map<string, Promise<OpenRecord>>();
  readonly #since: string;

  constructor(
    private readonly plan: readonly Pick<PlannedVm, "placed">[],
    private readonly run: Writer,
  ) {
    this.#since = new Date(run.clock.now()).toISOString();
  }

  async open(vm: PlacedVm, { name, shell }: HypervisorSession, pool: string): Promise<void> {
    const key = `${name} ${pool}`;
    const opening = this.#open.get(key) ?? this.#write(vm, name, shell, pool);
    this.#open.set(key, opening);
    await opening;
  }

  async over(): Promise<void> {
    await Promise.all([...this.#open].map(([, opening]) => this.#end(opening)));
  }

  async #write(
    { hypervisor, definition }: PlacedVm,
    name: string,
    shell: HypervisorSession["shell"],
    pool: string,
  ): Promise<OpenRecord> {
    const { run, project, instance, owner } = this.run;
    const directory = definition.metadata.libvirt_pool_dir;
    const vms = this.plan.flatMap(({ placed }) =>
      placed?.hypervisor === hypervisor && placed.definition.metadata.libvirt_pool_dir === directory
        ? [placed.name]
        : [],
    );
    const record = {
      run,
      project,
      owner,
      since: this.#since,
      vms,
      ...(instance !== undefined && { instance }),
    };
    const open = await openRecord(shell, pool, record);
    const own = new Set(vms.map((vm) => vmDirectoryName(project, vm, instance)));
    for (const dead of open.dead) this.#tell(dead, own, name);
    return open;
  }

  /** What is of a VM that this run works on is told of when it is removed. */
  #tell({ record, left }: DeadRun, own: ReadonlySet<string>, hypervisor: string): void {
    const others = left.filter((directory) => !own.has(directory));
    if (others.length === 0) return;
    const message = `${describeRun(record)}, died and has left ${others.join(", ")}: 'farm gc' removes that`;
    this.run.emit({ type: "warning", hypervisor, message });
  }

  async #end(opening: Promise<OpenRecord>): Promise<void> {
    let record: OpenRecord;
    try {
      record = await opening;
    } catch {
      return; // Each VM that wanted it has failed by it.
    }
    try {
      await record.over();
    } catch (thrown) {
      this.run.emit({ type: "warning", message: `a run's record stays: ${asFarmError(thrown).message}` });
    }
  }
}
