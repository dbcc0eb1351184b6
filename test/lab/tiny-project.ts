import type { LabHypervisors } from "./hypervisors.js";

interface TinyProject {
  readonly lab: LabHypervisors;
  /** Where the hypervisors fetch it, and its digest. */
  readonly image: { readonly url: string; readonly sha256: string };
  /** Platform names, each one a VM of the tiny image. */
  readonly platforms: readonly string[];
  /** Task files by phase, as YAML. */
  readonly phases: Readonly<Record<string, string>>;
  /** Instead of the lab's port, by the index of the hypervisor. */
  readonly ports?: Readonly<Record<number, number>>;
  readonly hypervisorVars?: string;
  readonly vmVars?: string;
  readonly name?: string;
  /** Of the disk. */
  readonly size?: string;
}

/** Tasks: the guest's time is between what it was here before it was asked and after, and at most so much off as farm is when it sets it. */
export const ITS_TIME = `- set_fact: { earlier: "{{ lookup('pipe', 'date +%s') }}" }
- command: date +%s
  register: guest
- set_fact: { later: "{{ lookup('pipe', 'date +%s') }}" }
- assert: { that: ["guest.stdout | int >= earlier | int - 2", "guest.stdout | int <= later | int + 1"] }
`;

/** The files of a project whose VMs are tiny guests on the lab's hypervisors. */
export function tinyProject(project: TinyProject): Record<string, string> {
  const { lab, image, platforms, phases, ports = {}, size = "1G" } = project;
  const hosts = lab.hypervisors.map(
    ({ user }, index) => `
        hypervisor${index + 1}:
          ansible_host: 127.0.0.1
          ansible_port: ${ports[index] ?? lab.port}
          ansible_user: ${user}
          ansible_ssh_private_key_file: ${lab.clientKeyPath}`,
  );
  return {
    "inventory.yaml": `all:
  hosts:
    localhost:
      ansible_connection: local
      config:
        permutations:
          targets: [amd64]
          platforms: [${platforms.join(", ")}]
  children:
    hypervisors:
      hosts:${hosts.join("")}
      vars:
        kvm_probe: true
        ${project.hypervisorVars ?? "ansible_libvirt_uri: qemu:///session"}
    vms:
      vars:
        project_id: ${JSON.stringify(project.name ?? "tiny project")}
        phases_lookup_dir_path: phases
        ${project.vmVars ?? "connection_timeout: 60"}
`,
    "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 256 }\n",
    ...Object.fromEntries(platforms.map((name) => [`platforms/${name}.yaml`, platform(image, size)])),
    ...Object.fromEntries(Object.entries(phases).map(([name, text]) => [`phases/${name}.yaml`, text])),
  };
}

const platform = (image: TinyProject["image"], size: string) => `vm:
  metadata:
    auth: { user: root }
    sources:
      - before_provision:
          - { callback: fetch, src: "${image.url}", dest: tiny.qcow2, checksum: "sha256:${image.sha256}" }
          - { callback: setup_image, src: tiny.qcow2, inject: credential }
        on_provision: { src: tiny.qcow2, dest: tiny.qcow2 }
  disks: [{ src: tiny.qcow2, size: ${size} }]
`;
