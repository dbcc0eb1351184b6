import type { FarmEvent } from "../../events.js";
import { newVmView, type VmEvent, type VmView, vmAfter } from "./vm-view.js";

/** What the live view knows of a run: made of its events alone. Milliseconds since the epoch. */
export interface FarmView {
  readonly started: number | undefined;
  /** In the order of the plan. */
  readonly vms: ReadonlyMap<string, VmView>;
  readonly interrupting: boolean;
  /** Of a run; else of one task file on one machine, which has no phases and nothing to count. */
  readonly isRun: boolean;
}

/** Takes the events of a run one by one; the views it holds of VMs are never changed, only replaced. */
export class FarmViewer {
  #started: number | undefined;
  readonly #vms = new Map<string, VmView>();
  #interrupting = false;
  #isRun = false;

  get view(): FarmView {
    return { started: this.#started, vms: this.#vms, interrupting: this.#interrupting, isRun: this.#isRun };
  }

  on(event: FarmEvent, now: number): void {
    this.#started ??= now;
    if (event.type === "run-started") {
      this.#isRun = true;
      for (const name of event.vms) this.#vms.set(name, newVmView(name, now));
    }
    if (event.type === "interrupting") this.#interrupting = true;
    if (!isVmEvent(event)) return;
    const before = this.#vms.get(event.vm) ?? newVmView(event.vm, now);
    this.#vms.set(event.vm, vmAfter(before, event, now));
  }
}

const isVmEvent = (event: FarmEvent): event is VmEvent => "vm" in event && event.type !== "warning";
