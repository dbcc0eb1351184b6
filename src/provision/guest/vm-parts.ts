import type { Net } from "../../load/definitions/vm-definition.js";
import type { HypervisorSession, PlacedVm, RunContext } from "../model.js";
import type { Steps } from "../steps.js";
import type { VmDirectory } from "../vm-directory.js";
import type { VmPoints } from "../vm-points.js";

/** Of one VM of a run, what its domain and the way into it are made from. */
export interface VmParts {
  readonly vm: PlacedVm;
  /** The definition's own; an instance has another one. */
  readonly net: Net;
  readonly hypervisor: HypervisorSession;
  readonly run: RunContext;
  readonly steps: Steps;
  /** The pool directory, absolute. */
  readonly pool: string;
  readonly directory: VmDirectory;
  readonly points: VmPoints;
}
