import type { MeantDifference } from "./meant-differences.js";

const SAID = ["stdout", "stdout_lines", "stderr", "stderr_lines"];
const each = (tasks: readonly string[], fields: readonly string[], why: string): MeantDifference[] =>
  tasks.map((task) => ({ task, fields, why }));

/** Of the playbooks of package managers. */
export const MEANT_OF_PACKAGES: Readonly<Record<string, readonly MeantDifference[]>> = {
  apt: [
    { task: "*", fields: ["cache_update_time"], why: "each has its own machine" },
    ...each(
      ["Nothing but the lists", "Lists that are not"],
      ["cache_updated"],
      "it tells that the lists were fetched; Ansible's that there was something new",
    ),
    ...each(
      [
        ...["All of them", "All, without removing any", "A file", "Never there"],
        ...["Removed in a check", "Removed", "Removed, with its configuration"],
      ],
      ["cache_updated"],
      "Ansible says nothing of the lists here",
    ),
    ...each(
      ["What nothing needs", "Archives that cannot be fetched any more"],
      [...SAID, "cache_updated"],
      "there was nothing to do: nothing is told of it",
    ),
    { task: "What is installed", fields: ["origin"], why: "dpkg does not know it" },
    ...each(
      ["A source", "A source by its own name", "A source less"],
      ["sources_added", "sources_removed"],
      "as newer releases of the module have it",
    ),
    ...each(
      ["Nobody knows it", "Nobody knows it, in a check", "Nobody knows the version", "No file"],
      [...SAID, "rc", "cache_updated"],
      "what apt said, and how it ended, is told",
    ),
  ],
  apk: [
    { task: "Nothing but the lists", why: "it is a change when the lists are other than before" },
    ...each(
      ["By commas, the lists first", "The latest", "Several, one of them there"],
      ["packages"],
      "it is told that there are none",
    ),
    ...each(
      ["Nobody knows it", "Nobody knows it, in a check", "From nowhere"],
      [...SAID, "packages", "rc"],
      "how apk ended is told, and all that it said together",
    ),
    ...each(
      ["Another needs it", "In a check, another needs it"],
      ["packages", "stderr", "stderr_lines"],
      "it is found before anything is done",
    ),
    { task: "Removed in a check", why: "Ansible's finds it still there, and fails" },
    { task: "Too little", why: "Ansible's breaks off" },
  ],
  pacman: [
    { task: "All of them", fields: ["packages"], why: "it is told that there are none" },
    ...each(
      ["Nobody knows it", "Nobody knows it, in a check", "Another needs it"],
      [...SAID, "cmd", "rc"],
      "pacman is asked otherwise",
    ),
  ],
  dnf: [
    { task: "*", fields: SAID, why: "Ansible calls dnf's library, which says nothing" },
    {
      task: "A file",
      fields: ["results"],
      why: "Ansible says that it is installed, and that nothing changed",
    },
  ],
  zypper: [
    {
      task: "*",
      fields: [...SAID, "cmd", "msg", "results"],
      why: "zypper is asked otherwise; packages are told as with dnf",
    },
  ],
  gem: [
    { task: "*", fields: SAID, why: "what gem said is told" },
    { task: "Nobody has it", fields: ["cmd"], why: "the same, but for the order" },
  ],
  pip: [
    { task: "*", fields: [...SAID, "cmd"], why: "pip is run only when there is something to do" },
    ...each(
      ["In a check", "In it, a check", "Removed in a check"],
      ["name", "requirements", "state", "version", "virtualenv"],
      "a check tells as much as the real thing",
    ),
    ...each(["Nobody has the version", "Nobody has it"], ["rc"], "how pip ended is told"),
  ],
  npm: [
    { task: "*", fields: SAID, why: "what npm said is told" },
    { task: "Nobody has it", fields: ["cmd"], why: "the result tells what npm said of it" },
  ],
  git: [
    {
      task: "*",
      fields: ["remote_url_changed", "submodules_changed"],
      why: "they are told whenever something was, and of submodules when they alone changed",
    },
    { task: "That is in the way", fields: ["hint"], why: "a failure says what to do" },
    ...each(
      ["Nobody has the version", "Nobody has it"],
      [...SAID, "before", "cmd", "rc"],
      "the remote is asked before anything is fetched",
    ),
  ],
  locales: [
    { task: "*", fields: ["name", "mechanism", "msg"], why: "as newer releases of the module have it" },
    { task: "One by its other name", why: "it is the same locale; Ansible's says that there is none" },
  ],
};
