/** Keywords that a task, a block and an include all understand. */
const SHARED = [
  "name",
  "when",
  "vars",
  "tags",
  "become",
  "become_user",
  "become_method",
  "environment",
  "ignore_errors",
  "no_log",
  "delegate_to",
  "delegate_facts",
  "connection",
  "run_once",
  "check_mode",
  "diff",
  "throttle",
  "timeout",
  "module_defaults",
] as const;

/** Keywords of a task besides its module. */
export const TASK_KEYWORDS: readonly string[] = [
  ...SHARED,
  "checkpoint",
  "args",
  "register",
  "loop",
  "loop_control",
  "until",
  "retries",
  "delay",
  "failed_when",
  "changed_when",
  "notify",
  "listen",
  "async",
  "poll",
  "action",
  "local_action",
];

/** Keywords of a block. */
export const BLOCK_KEYWORDS: readonly string[] = [
  ...SHARED,
  "checkpoint",
  "block",
  "rescue",
  "always",
  "notify",
];

/** Keywords of a play, for files that are playbooks. */
export const PLAY_KEYWORDS: readonly string[] = [
  ...SHARED,
  "hosts",
  "vars_files",
  "vars_prompt",
  "pre_tasks",
  "roles",
  "tasks",
  "post_tasks",
  "handlers",
  "gather_facts",
  "force_handlers",
];

/** Ansible's keywords that change nothing here: farm has one machine at a time, gathers facts when they are asked for, and so on. */
export const IDLE_KEYWORDS: ReadonlySet<string> = new Set([
  "any_errors_fatal",
  "collections",
  "debugger",
  "gather_subset",
  "gather_timeout",
  "fact_path",
  "max_fail_percentage",
  "order",
  "serial",
  "strategy",
  "ignore_unreachable",
]);

const REACHED =
  "the inventory says how a machine is reached (ansible_user, ansible_port); become_user is another user";
const BECOME = "farm calls sudo, su or doas its own way: leave it out";

/** Ansible's keywords that farm does not have, told from a mistyped module's name, and what to do instead. */
export const MISSING_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["become_exe", BECOME],
  ["become_flags", BECOME],
  ["port", REACHED],
  ["remote_user", REACHED],
]);
