/** `failed`: VMs cannot run there as it is. `warning`: they can, but slower, or not all of them. */
export type FindingStatus = "ok" | "warning" | "failed";

/** One thing that a hypervisor needs, and what was found. */
export interface Finding {
  /** What was looked for, in one or two words. */
  readonly check: string;
  readonly status: FindingStatus;
  /** What was found, one line. */
  readonly found: string;
  /** The command that mends it there, or on this machine where the text says so. */
  readonly mend?: string;
  /** Packages by Debian's names that mend it. */
  readonly packages?: readonly string[];
}

/** All that was found out about one hypervisor, in the order in which its needs build on each other. */
export interface Examination {
  readonly hypervisor: string;
  readonly findings: readonly Finding[];
}

/** Nothing that is needed is missing. */
export const isReady = ({ findings }: Examination): boolean =>
  findings.every(({ status }) => status !== "failed");

export const ok = (check: string, found: string): Finding => ({ check, status: "ok", found });

type Mending = Pick<Finding, "mend" | "packages">;

export const warning = (check: string, found: string, mending: Mending = {}): Finding => ({
  check,
  status: "warning",
  found,
  ...mending,
});

export const failed = (check: string, found: string, mending: Mending = {}): Finding => ({
  check,
  status: "failed",
  found,
  ...mending,
});
