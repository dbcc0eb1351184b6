/** How one attempt at a VM ended that did not pass. */
export type Attempt =
  | {
      readonly kind: "failed";
      readonly phase: string;
      readonly task: string;
      readonly message: string;
    }
  | {
      readonly kind: "broken";
      readonly phase?: string;
      readonly message: string;
      /** The user stopped it. */
      readonly interrupted?: true;
    };

/**
 * What became of one VM. `failed`: the guest said no. `broken`: farm could not test. `flaky`: it passed, but not at once. `earlier`:
 * the attempts before the last, with `--retry`.
 */
export type Outcome =
  | { readonly vm: string; readonly kind: "passed" }
  | {
      readonly vm: string;
      readonly kind: "flaky";
      readonly message: string;
      readonly earlier: readonly Attempt[];
    }
  | (Attempt & { readonly vm: string; readonly earlier?: readonly Attempt[] });

export type TaskStatus = "ok" | "changed" | "failed" | "skipped";

/**
 * Everything farm says while it works. The only output there is: text, JSON lines, JUnit and logs are made of these.
 * A VM's events come in the order of the file. Secrets are masked before an event is emitted.
 */
export type FarmEvent =
  | {
      readonly type: "run-started";
      readonly run: string;
      readonly project: string;
      readonly vms: readonly string[];
      /** What each of them is made of. */
      readonly machines: readonly {
        readonly vm: string;
        readonly platform: string;
        readonly target: string;
      }[];
      readonly runDirectory: string;
    }
  | {
      readonly type: "hypervisor-asked";
      readonly hypervisor: string;
      readonly reachable: boolean;
      readonly error?: string;
      readonly durationMs: number;
    }
  | {
      readonly type: "vm-placed";
      readonly vm: string;
      readonly hypervisor: string;
      readonly domainType: "kvm" | "qemu";
      readonly reason: string;
    }
  | { readonly type: "vm-queued"; readonly vm: string; readonly hypervisor: string; readonly reason: string }
  | { readonly type: "vm-started"; readonly vm: string; readonly hypervisor: string }
  /** An attempt did not pass and there is another: the VM begins anew. Attempts count from 1. */
  | {
      readonly type: "vm-retried";
      readonly vm: string;
      readonly attempt: number;
      readonly attempts: number;
      readonly ended: Attempt;
      readonly durationMs: number;
    }
  /** What `artifacts` names and `fetch` tasks took is here; a path of `list` is below `directory`. */
  | {
      readonly type: "artifacts-collected";
      readonly vm: string;
      readonly directory: string;
      readonly files: number;
      readonly bytes: number;
      readonly list: readonly { readonly path: string; readonly bytes: number }[];
    }
  /** A piece of farm's own work on a VM, e.g. "image", "define", "start". */
  | {
      readonly type: "step-started";
      readonly vm: string;
      readonly hypervisor: string;
      readonly phase: string;
      readonly step: string;
      readonly detail?: string;
    }
  | {
      readonly type: "step-ended";
      readonly vm: string;
      readonly hypervisor: string;
      readonly phase: string;
      readonly step: string;
      readonly ok: boolean;
      readonly durationMs: number;
      readonly detail?: string;
    }
  /** Ports of the hypervisor that lead to ports of the guest, besides SSH's. */
  | {
      readonly type: "forwarded";
      readonly vm: string;
      readonly forwards: readonly {
        readonly protocol: "tcp" | "udp";
        readonly address: string;
        readonly host: number;
        readonly guest: number;
      }[];
    }
  /** A wait that farm began, with the time it will give it. */
  | { readonly type: "waiting"; readonly vm: string; readonly what: string; readonly deadlineMs: number }
  | {
      readonly type: "progress";
      readonly vm: string;
      readonly step: string;
      readonly done: number;
      readonly total?: number;
      readonly unit: "bytes";
      /** Over the last seconds. */
      readonly bytesPerSecond?: number;
      /** If it goes on like this. */
      readonly remainingMs?: number;
    }
  | {
      readonly type: "phase-started";
      readonly vm: string;
      readonly phase: string;
      readonly file?: string;
      /** As far as they can be counted beforehand: what includes bring comes on top. */
      readonly tasks?: number;
      /** How long it may take; nothing: as long as it does. */
      readonly limitMs?: number;
    }
  | { readonly type: "phase-skipped"; readonly vm: string; readonly phase: string; readonly reason: string }
  | {
      readonly type: "phase-ended";
      readonly vm: string;
      readonly phase: string;
      readonly status: "passed" | "failed" | "broken" | "interrupted";
      readonly durationMs: number;
    }
  | {
      readonly type: "task-started";
      readonly vm: string;
      readonly host: string;
      readonly phase: string;
      readonly task: string;
      readonly module: string;
      readonly position: string;
    }
  | {
      readonly type: "task-output";
      readonly vm: string;
      readonly phase: string;
      readonly task: string;
      readonly stream: "stdout" | "stderr";
      /** A byte 0xNN that is no UTF-8 is the lone surrogate U+DCNN, as with Python's surrogateescape. */
      readonly text: string;
    }
  /** One item of a task's loop. */
  | {
      readonly type: "item-ended";
      readonly vm: string;
      readonly phase: string;
      readonly task: string;
      readonly item: string;
      readonly status: TaskStatus;
      readonly message?: string;
    }
  /** `until` did not hold, or the task failed and has retries left. */
  | {
      readonly type: "task-retried";
      readonly vm: string;
      readonly phase: string;
      readonly task: string;
      readonly attempt: number;
      readonly retries: number;
      readonly delayMs: number;
    }
  | {
      readonly type: "task-ended";
      readonly vm: string;
      readonly host: string;
      readonly phase: string;
      readonly task: string;
      readonly module: string;
      readonly position: string;
      readonly status: TaskStatus;
      readonly ignored?: boolean;
      /** It did not fail by itself: the user stopped it. */
      readonly interrupted?: true;
      readonly durationMs: number;
      readonly result: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "warning"; readonly vm?: string; readonly hypervisor?: string; readonly message: string }
  | { readonly type: "vm-ended"; readonly vm: string; readonly outcome: Outcome; readonly durationMs: number }
  /** `cache_max_size` and `cache_max_age` were kept: names of restore points, images and the like. */
  | {
      readonly type: "cache-trimmed";
      readonly hypervisor: string;
      readonly removed: readonly string[];
      readonly bytes: number;
    }
  | { readonly type: "interrupting"; readonly message: string }
  /** `--on-failure shell`: from here to `shell-closed` the terminal is the guest's. */
  | { readonly type: "shell-opened"; readonly vm: string }
  | { readonly type: "shell-closed"; readonly vm: string; readonly durationMs: number }
  /** The end of `farm apply`: how many tasks ended in which way. */
  | {
      readonly type: "apply-ended";
      readonly host: string;
      readonly exitCode: number;
      readonly tasks: Readonly<Record<TaskStatus | "ignored", number>>;
      readonly durationMs: number;
    }
  | {
      readonly type: "run-ended";
      readonly exitCode: number;
      readonly outcomes: readonly Outcome[];
      readonly runDirectory: string;
      readonly durationMs: number;
    };

/** Sends an event to every reporter. Never throws, never blocks. */
export type Emit = (event: FarmEvent) => void;
