import type { Answers, NewHypervisor } from "./answers.js";

const SCHEMAS =
  "# Inventories are Ansible's. farm validate tells every mistake, farm plan who would run where.";

/** A YAML scalar: plain where nothing can be misread, else in double quotes. */
const scalar = (text: string): string =>
  /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);

const list = (names: readonly string[]): string => `[${names.map(scalar).join(", ")}]`;

/** The inventory's name of each: its host's, made one of a kind. */
function hostLines(hypervisors: readonly NewHypervisor[]): string {
  const taken = new Map<string, number>();
  const name = (wanted: string) => {
    const count = (taken.get(wanted) ?? 0) + 1;
    taken.set(wanted, count);
    return count === 1 ? wanted : `${wanted}_${count}`;
  };
  const line = (hypervisor: NewHypervisor): string => {
    if (hypervisor.kind === "local") return "        localhost:\n";
    const { host, user, port } = hypervisor;
    const variables = [
      `ansible_host: ${scalar(host)}`,
      ...(user === undefined ? [] : [`ansible_user: ${scalar(user)}`]),
      ...(port === undefined ? [] : [`ansible_port: ${port}`]),
    ];
    const label = /^[A-Za-z]/.test(host) ? host.split(".", 1)[0] : `hypervisor_${host.replace(/\W+/g, "_")}`;
    return `        ${scalar(name(label ?? host))}: { ${variables.join(", ")} }\n`;
  };
  return hypervisors.map(line).join("");
}

/** The files of a new project, by their paths in it. */
export function projectFiles({ project, platforms, targets, hypervisors }: Answers): Record<string, string> {
  return {
    "inventory.yaml": `${SCHEMAS}
all:
  hosts:
    localhost:
      ansible_connection: local
      config:
        permutations: # what to build: a VM for each platform and target
          platforms: ${list(platforms)}
          targets: ${list(targets)}
  children:
    hypervisors: # where: hosts with libvirt and QEMU; farm doctor -i inventory.yaml checks them
      hosts:
${hostLines(hypervisors)}    vms: # variables of all VMs
      vars:
        project_id: ${scalar(project)}
        phases_lookup_dir_path: phases
`,
    "phases/dependencies.yaml": `# What the project needs, once: the guest is kept as it is after this phase, until this file changes.
- name: Install what the project needs
  package: { name: "{{ packages }}", state: present }
  become: true
  vars:
    packages: [] # e.g. [git, gcc, make]
  when: packages
`,
    "phases/main.yaml": `# Build and test, at every run. A task that fails fails the VM: exit code 1.
- name: Which machine is this?
  command: uname -a
  register: machine

- name: Build and test
  shell: echo "replace me by your build and tests"

- debug:
    msg: "{{ machine.stdout }}"
`,
  };
}
