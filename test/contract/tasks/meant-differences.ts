/** Differences from Ansible that are meant: of a playbook's task (`*`: of each) the fields that are not compared, and why. */
export interface MeantDifference {
  readonly task: string;
  /** Undefined: all of it, the status too. */
  readonly fields?: readonly string[];
  readonly why: string;
}

export const MEANT: Readonly<Record<string, readonly MeantDifference[]>> = {
  accounts: [
    { task: "*", fields: ["dev"], why: "each plays in a view of its own" },
    ...["In a check, a group", "In a check, a user", "In a check, a user less"].map((task) => ({
      task,
      fields: ["name", "state", "system", "create_home", "force", "remove"],
      why: "Ansible says nothing but that it would change",
    })),
    ...["A number that is taken", "A number that is somebody's"].map((task) => ({
      task,
      fields: ["rc", "stdout", "stdout_lines", "stderr", "stderr_lines"],
      why: "what the program said, and how it ended, is told",
    })),
    {
      task: "A user with all",
      fields: ["stderr", "stderr_lines"],
      why: "useradd makes the home directory; with Ansible it complains that it is there",
    },
    ...["A key", "A key with a passphrase"].map((task) => ({
      task,
      fields: ["ssh_fingerprint", "ssh_public_key"],
      why: "keys are random",
    })),
  ],
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
  assembling: [
    {
      task: "Not what it shall be",
      fields: ["checksum", "exit_status", "stdout", "stdout_lines", "stderr", "stderr_lines"],
      why: "what the command said, and how it ended, is told",
    },
  ],
  copies: [
    {
      task: "On the machine",
      fields: ["md5sum"],
      why: "what is on the machine is read once, for its checksum",
    },
  ],
  downloads: [
    {
      task: "*",
      fields: ["date", "connection", "keep_alive"],
      why: "headers of an answer; curl and wget leave the connection open",
    },
    {
      task: "*",
      fields: ["checksum_dest", "checksum_src", "elapsed", "cookies", "cookies_string"],
      why: "checksums that nobody made are null with Ansible; a failure has no times, but always cookies",
    },
    ...["One that is", "Something sent"].map((task) => ({
      task,
      fields: ["msg", "body", "content"],
      why: "the size is told where it is known; a body of JSON is sent without spaces",
    })),
    {
      task: "Another checksum",
      fields: ["changed"],
      why: "nothing changed; Ansible says that it would have",
    },
  ],
  facts: [
    {
      task: "The distribution",
      fields: ["ansible_distribution_file_parsed", "ansible_distribution_file_path"],
      why: "which files Ansible reads is its own",
    },
    { task: "A subset", why: "all that is in one; which facts these are is looked at behind it" },
  ],
  finding: [
    {
      task: "Not deep",
      fields: ["examined"],
      why: "Ansible looks at a level more before it knows that it is too deep",
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
  trees: [
    ...["A file in a check", "In a check", "In a check, a directory", "In a check, away"].map((task) => ({
      task,
      fields: [
        ...["checksum", "dest", "gid", "group", "md5sum", "mode", "owner", "size", "src", "state", "uid"],
      ],
      why: "a check tells what would be, Ansible what is, or nothing",
    })),
    {
      task: "Into a directory that is not there",
      fields: ["checksum", "rc", "stderr", "stderr_lines", "stdout", "stdout_lines"],
      why: "the machine's own words are told",
    },
    ...["On the machine", "On the machine, what is in it"].map((task) => ({
      task,
      fields: ["checksum", "md5sum"],
      why: "a directory has none; with Ansible they are null",
    })),
    ...["A file of the machine that is not there", "Fetch a directory"].map((task) => ({
      task,
      fields: ["src", "file"],
      why: "a failure tells what it is about",
    })),
    {
      task: "A wrong checksum",
      fields: ["checksum", "expected_checksum"],
      why: "both are told, whichever way the file goes",
    },
    ...["A temporary file", "It goes"].map((task) => ({ task, fields: ["path"], why: "names are random" })),
    ...["A directory in place of a file", "A link in place of a file"].map((task) => ({
      task,
      fields: ["gid", "group", "mode", "owner", "size", "src", "state", "uid"],
      why: "a failure does not tell of the file",
    })),
    {
      task: "A link by force",
      fields: ["gid", "group", "mode", "owner", "size", "state", "uid"],
      why: "a link that leads nowhere has attributes of its own too",
    },
  ],
  keywords: [
    { task: "async wait", fields: ["attempts"], why: "it depends on when the job is over" },
    {
      task: "retries only",
      fields: ["attempts"],
      why: "retries alone repeat what fails, as Ansible does from 2.16 on",
    },
    { task: "raw", fields: ["cmd", "msg"], why: "what ran is told" },
    { task: "script", fields: ["msg"], why: "what ran is told" },
  ],
  waiting: [
    { task: "In a check", fields: ["msg"], why: "the words are ours" },
    { task: "It greets", fields: ["match_groups"], why: "the groups are told for a port too" },
    {
      task: "A pause",
      fields: ["stdout", "stdout_lines", "stderr_lines"],
      why: "it tells how long it took; every stdout has its lines, with Ansible only a module's",
    },
  ],
};
