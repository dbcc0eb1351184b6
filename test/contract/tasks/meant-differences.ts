/** Differences from Ansible that are meant: of a playbook's task (`*`: of each) the fields that are not compared, and why. */
export interface MeantDifference {
  readonly task: string;
  /** Undefined: all of it, the status too. */
  readonly fields?: readonly string[];
  readonly why: string;
}

export const MEANT: Readonly<Record<string, readonly MeantDifference[]>> = {
  archives: [
    { task: "*", fields: ["size"], why: "tar's blocks and gzip's headers are the machine's own" },
    { task: "Nowhere to go", fields: ["dest"], why: "there is none" },
    { task: "None is there", why: "an archive of nothing, that is not made, is a failure" },
    {
      task: "In a check",
      fields: ["archived", "dest_state"],
      why: "a check tells what the archive would hold",
    },
  ],
  facts: [
    {
      task: "The distribution",
      fields: ["ansible_distribution_file_parsed", "ansible_distribution_file_path"],
      why: "which files Ansible reads is its own",
    },
  ],
  keys: [
    {
      task: "In a check, a host",
      fields: ["hash_host", "key", "name", "path", "size", "uid", "gid", "owner", "group", "mode", "state"],
      why: "Ansible's known_hosts says less in a check",
    },
  ],
  making: [
    { task: "Nowhere", why: "Ansible's runs make in another directory when there is none" },
    ...["The first target", "Of another file", "A target, with variables"].map((task) => ({
      task,
      fields: ["command"],
      why: "make gets no empty argument for a target that is not given; a word with = is quoted",
    })),
  ],
  waiting: [
    { task: "In a check", fields: ["msg"], why: "the words are ours" },
    { task: "It greets", fields: ["match_groups"], why: "the groups are told for a port too" },
    {
      task: "A pause",
      fields: ["stdout_lines", "stderr_lines"],
      why: "every stdout has its lines; with Ansible only a module's",
    },
  ],
};
