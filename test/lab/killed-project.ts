/** What a project for farms that are killed is made of. */
export interface KilledProject {
  readonly user: string;
  readonly sshPort: number;
  readonly keyFile: string;
  /** Where the hypervisor fetches the images: the tiny one, the same packed, and the one with an agent. */
  readonly images: Readonly<Record<"tiny" | "packed" | "agent", { url: string; sha256: string }>>;
  /** Of the hypervisor, that leads into the guest `one`. */
  readonly port: number;
}

/**
 * Three VMs on one hypervisor: `one` is logged in to by SSH and is on a switch, `agent` by its guest agent, and `worked`'s image is unpacked,
 * copied, changed by a callback of the user's and converted; it is set up by a NoCloud disk.
 */
export function killedProject(project: KilledProject): Record<string, string> {
  const task = (name: string) => `- { name: ${name}, command: echo ${name} }\n`;
  return {
    "inventory.yaml": JSON.stringify(inventory(project)),
    "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 256, virt_domain: qemu }\n",
    "platforms/one.yaml": JSON.stringify({ vm: one(project) }),
    "platforms/agent.yaml": JSON.stringify({ vm: agent(project) }),
    "platforms/worked.yaml": JSON.stringify({ vm: worked(project) }),
    "callbacks/note.yaml": "- command: 'true'\n",
    "callbacks/mark.yaml": `- vars: { image: "{{ (vm.metadata.tmp_dir, task.src) | path_join }}" }
  command: { argv: [qemu-io, -f, qcow2, -c, "write -q -P 65 1G 512", "{{ image }}"] }
`,
    "first-boot.sh": "#!/bin/sh\necho first boot\n",
    "phases/dependencies.yaml": task("dependencies"),
    "phases/init.yaml": `- { command: echo begun, checkpoint: true }\n${task("init")}`,
    "phases/main.yaml": task("main"),
    "phases/terminate.yaml": task("terminate"),
  };
}

function inventory({ user, sshPort, keyFile }: KilledProject): object {
  const hypervisor = {
    ansible_host: "127.0.0.1",
    ansible_port: sshPort,
    ansible_user: user,
    ansible_ssh_private_key_file: keyFile,
    kvm_probe: false,
  };
  const platforms = ["one", "agent", "worked"];
  return {
    all: {
      hosts: {
        localhost: {
          ansible_connection: "local",
          config: { permutations: { platforms, targets: ["amd64"] } },
        },
      },
      children: {
        hypervisors: { hosts: { hypervisor } },
        vms: { vars: { project_id: "killed", phases_lookup_dir_path: "phases", connection_timeout: 60 } },
        agent: { vars: { ansible_connection: "community.libvirt.libvirt_qemu" } },
      },
    },
  };
}

const machine = (before_provision: readonly object[]) => ({
  metadata: {
    auth: { user: "root" },
    sources: [{ before_provision, on_provision: { src: "root", dest: "root" } }],
  },
  disks: [{ src: "root" }],
});
const fetched = ({ url, sha256 }: { url: string; sha256: string }, dest: string) => ({
  callback: "fetch",
  src: url,
  dest,
  checksum: `sha256:${sha256}`,
});

const one = ({ images, port }: KilledProject) => ({
  ...machine([
    { callback: "callbacks/note.yaml" },
    fetched(images.tiny, "image"),
    { callback: "extend_and_convert", src: "image", dest: "root", size: "1G", partition_number: 1 },
    { callback: "setup_image", src: "root", inject: "credential", first_boot: "first-boot.sh" },
  ]),
  net: { type: "vde", source: "lab", forwards: [{ guest: 80, host: port }] },
});

const agent = ({ images }: KilledProject) => machine([fetched(images.agent, "root")]);

const worked = ({ images }: KilledProject) =>
  machine([
    fetched(images.packed, "image.xz"),
    { callback: "unarchive", src: "image.xz", dest: "image" },
    { callback: "extend_and_convert", src: "image", size: "2G" },
    { callback: "copy", src: "image", dest: "copy" },
    { callback: "callbacks/mark.yaml", src: "copy" },
    { callback: "img_convert", src: "copy", dest: "root", from: "qcow2", to: "raw" },
    { callback: "setup_image", src: "root" },
  ]);
