import type { Mapping } from "../../values/mapping.js";
import type { Directives, Role } from "../task.js";
import type { TaskRun } from "./run.js";
import type { Session } from "./session.js";

/** What nobody sets, of a task: `playbook_dir`, `role_name`, `group_names`, `hostvars` and their like. @param given those that whoever runs the tasks knows */
export function magicVariables({ role, directory }: Directives, session: Session, given: Mapping): Mapping {
  const { world, name, play } = session;
  const groups = world.groupsOf(name).filter((group) => group !== "all");
  return {
    playbook_dir: directory,
    group_names: [],
    ...given,
    ...(role && roleVariables(role)),
    ...playVariables(name, play.name),
    ...(groups.length > 0 && { group_names: groups.sort() }),
    hostvars: world.hostvars(),
    groups: world.groups(),
  };
}

const roleVariables = ({ name, path, includedBy }: Role): Mapping => ({
  role_name: name,
  role_path: path,
  ansible_role_name: name,
  ...(includedBy.length > 0 && {
    ansible_parent_role_names: includedBy.map((each) => each.name),
    ansible_parent_role_paths: includedBy.map((each) => each.path),
  }),
});

/** The Ansible whose task language this is, for those who ask. */
const VERSION = { full: "2.14.0", string: "2.14.0", major: 2, minor: 14, revision: 0 };

/** To each machine its own play: it is the only one in it. */
const playVariables = (host: string, name: string): Mapping => ({
  ansible_play_hosts: [host],
  ansible_play_hosts_all: [host],
  ansible_play_batch: [host],
  play_hosts: [host],
  ansible_play_name: name,
  ansible_version: VERSION,
  ansible_forks: 5,
});

/** What templates may ask about the run. */
export const runVariables = (run: TaskRun, check: boolean, diff: boolean): Mapping => ({
  ansible_check_mode: check,
  ansible_diff_mode: diff,
  ansible_run_tags: run.tags && run.tags.only.length > 0 ? run.tags.only : ["all"],
  ansible_skip_tags: run.tags?.skip ?? [],
  ansible_verbosity: 0,
});
