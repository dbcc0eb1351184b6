import type { Clock } from "../clock.js";
import type { HypervisorState } from "../dispatch/model.js";
import type { Emit } from "../events.js";
import type { SeedDisk } from "../images/access/seed-disk.js";
import type { ImageRecipe, OwnCallback } from "../images/recipe/image-recipe.js";
import type { ImageStore } from "../images/store.js";
import type { Inputs } from "../inputs.js";
import type { GuestKey } from "../keys/guest-key.js";
import type { LibvirtDriver } from "../libvirt/driver.js";
import type { VmDefinition } from "../load/definitions/vm-definition.js";
import type { XmlTemplate } from "../load/definitions/xml-templates.js";
import type { UserFiles } from "../load/files/user-files.js";
import type { FilePhase } from "../phases.js";
import type { InventoryHost } from "../project/inventory-hosts.js";
import type { VmBlueprint } from "../project/project.js";
import type { Fingerprints } from "../restore/fingerprint.js";
import type { TagChoice } from "../tasks/run/run.js";
import type { World } from "../tasks/run/world.js";
import type { TaskFile } from "../tasks/task.js";
import type { Shell } from "../transport/shell.js";
import type { SshConnection } from "../transport/ssh/ssh-connection.js";
import type { Mapping } from "../values/mapping.js";

/** A hypervisor that answered: the one connection to it, and what lives behind it. */
export interface HypervisorSession {
  readonly name: string;
  readonly state: HypervisorState;
  readonly shell: Shell;
  readonly libvirt: (uri: string) => LibvirtDriver;
  /** One store a pool directory, shared by all VMs. */
  readonly store: (poolDirectory: string) => ImageStore;
}

/** A VM with a place, a definition and the task files of its phases: all that is known before anything is touched. */
export interface PlacedVm {
  readonly blueprint: VmBlueprint;
  readonly name: string;
  readonly hypervisor: string;
  readonly reason: string;
  readonly definition: VmDefinition;
  /** The user's own XML for it. */
  readonly template?: XmlTemplate | undefined;
  /** The user's own XML of the libvirt network that it is on. */
  readonly networkTemplate?: XmlTemplate | undefined;
  readonly recipes: readonly ImageRecipe[];
  /** Callbacks of the user's that make no image. */
  readonly besides: readonly OwnCallback[];
  /** The tasks of all callbacks of the user's, by the paths of their files. */
  readonly callbacks: ReadonlyMap<string, LoadedCallback>;
  /** Of the user's own, by `setup_cloudinit_iso`. */
  readonly seedDisk?: SeedDisk;
  readonly files: Readonly<Partial<Record<FilePhase, TaskFile>>>;
  /** What reading them looked at. */
  readonly inputs: Readonly<Partial<Record<FilePhase, Inputs>>>;
}

/** A callback's task file, and what reading it looked at. */
export interface LoadedCallback {
  readonly tasks: TaskFile;
  readonly inputs: Inputs;
}

/** What the task files of all VMs share. */
export interface TaskSurroundings {
  readonly world: World;
  /** The project's directory, absolute. */
  readonly directory: string;
  readonly files: UserFiles;
  /** `--vars` and `-e`. */
  readonly extra: Mapping;
  readonly tags: TagChoice;
  readonly diff: boolean;
}

/** A guest whose VM did not pass, and that can still be logged in to. */
export interface FailedGuest {
  readonly vm: string;
  /** A connection of the user's own. @throws FarmError */
  readonly connect: (signal: AbortSignal) => Promise<SshConnection>;
}

/** What the points of all VMs of a run have in common. */
export interface PointRules {
  readonly project: string;
  /** The project's directory, absolute. */
  readonly directory: string;
  readonly hosts: ReadonlyMap<string, InventoryHost>;
  readonly farmVersion: string;
  readonly tags: TagChoice;
  /** `--fresh`: nothing that was made before is used; `--fresh-init`: only clean guests are. */
  readonly fresh: "all" | "init" | "none";
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What a run writes down of itself: once for each pool directory that it works in. */
export interface RunRecords {
  /**
   * To be called before anything is made for a VM.
   * @param pool the directory's absolute path
   * @throws HypervisorError
   */
  open(vm: PlacedVm, hypervisor: HypervisorSession, pool: string): Promise<void>;
  /** Says everywhere that the run is over. A failure is a warning. */
  over(): Promise<void>;
}

/** What all VMs of one run share. */
export interface RunContext {
  readonly run: string;
  readonly project: string;
  /** `--instance`: its VMs stand beside those of runs that name another, or none. */
  readonly instance?: string | undefined;
  /** Who runs it, for other farms: user@host. */
  readonly owner: string;
  readonly emit: Emit;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C: what is under way ends, the VMs go down in order. */
  readonly stop: AbortSignal;
  readonly keep: boolean;
  /** Those that did not pass stay, unless the user stopped the run. */
  readonly keepsFailed: boolean;
  /** Called before `terminate` where a VM did not pass; the VM waits for it. */
  readonly onFailedGuest?: ((failed: FailedGuest) => Promise<void>) | undefined;
  /** How often a VM that did not pass is tried again. */
  readonly retries: number;
  /** Where files of guests go that `artifacts` names or `fetch` takes; absolute. */
  readonly artifacts?: string | undefined;
  /** Whether a VM that another farm works on is waited for. */
  readonly waits: boolean;
  readonly tasks: TaskSurroundings;
  readonly key: (blueprint: VmBlueprint) => Promise<GuestKey>;
  readonly points: PointRules;
  /** Who works on a hypervisor, for as long as the connection lives. */
  readonly records: RunRecords;
  /** One for each key: files are read once. */
  readonly fingerprints: (key: GuestKey) => Fingerprints;
  /** Saves a log of a VM in the run directory. */
  readonly saveLog: (vm: string, name: string, content: string) => Promise<void>;
}
