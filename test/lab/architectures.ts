import { execFile } from "node:child_process";
import { chmod, copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LabHypervisors } from "./hypervisors.js";
import { tinyPart } from "./images.js";

const run = promisify(execFile);
const targets = new URL("../../targets/", import.meta.url);

/** A tiny guest of some architecture and firmware, on a target that farm ships. */
export interface TinyMachine {
  readonly target: string;
  /** Debian's name of the architecture. */
  readonly arch: string;
  readonly ram: number;
  readonly inject: "credential" | "nocloud";
  readonly firmware?: string;
  /** Of guests that are given their kernel; the others' disks start by themselves. */
  readonly console?: string;
}

/** By the platforms' names. */
export const MACHINES = {
  bios: { target: "amd64", arch: "amd64", ram: 256, inject: "credential" },
  uefi: {
    target: "amd64",
    arch: "amd64",
    ram: 256,
    inject: "credential",
    firmware: "/usr/share/OVMF/OVMF_CODE_4M.fd",
    console: "ttyS0",
  },
  arm: { target: "arm64", arch: "arm64", ram: 256, inject: "credential", console: "ttyAMA0" },
  power: { target: "ppc64", arch: "ppc64el", ram: 512, inject: "nocloud", console: "hvc0" },
  efi: { target: "amd64-uefi", arch: "amd64", ram: 256, inject: "credential", console: "ttyS0" },
  pc: { target: "i386", arch: "i386", ram: 256, inject: "credential", console: "ttyS0" },
  armhf: { target: "armhf", arch: "armhf", ram: 256, inject: "nocloud", console: "ttyAMA0" },
} as const satisfies Record<string, TinyMachine>;

export type MachineName = keyof typeof MACHINES;

/** The name of the VM. */
export const vmOf = (name: MachineName): string => `${name}_${MACHINES[name].target}`;

/** What every hypervisor of the lab can read: images, kernels. */
export interface SharedFiles {
  /** @returns its path */
  part(arch: string, part: "disk" | "kernel" | "initrd"): Promise<string>;
  readonly emptyDisk: string;
  remove(): Promise<void>;
}

export async function sharedFiles(): Promise<SharedFiles> {
  const directory = await mkdtemp(join(tmpdir(), "farm-shared-"));
  await chmod(directory, 0o755);
  const emptyDisk = join(directory, "empty.qcow2");
  await run("qemu-img", ["create", "-q", "-f", "qcow2", emptyDisk, "16M"]);
  return {
    emptyDisk,
    part: async (arch, part) => {
      const path = join(directory, `${arch}.${part}`);
      await copyFile((await tinyPart(arch, part)).path, path);
      await chmod(path, 0o644);
      return path;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The files in platforms/ and targets/ of some machines: each has two disks. */
export async function machineFiles(
  names: readonly MachineName[],
  shared: SharedFiles,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of names) {
    const { target } = MACHINES[name];
    files[`platforms/${name}.yaml`] = await platform(name, shared);
    files[`targets/${target}.yaml`] = await readFile(new URL(`${target}.yaml`, targets), "utf8");
  }
  return files;
}

async function platform(name: MachineName, shared: SharedFiles): Promise<string> {
  const { arch, ram, inject, firmware, console }: TinyMachine = MACHINES[name];
  const kernel = async () => ({
    src: await shared.part(arch, "kernel"),
    initrd: await shared.part(arch, "initrd"),
    params: `console=${console} net.ifnames=0 mitigations=off cryptomgr.notests`,
  });
  const vm = {
    metadata: {
      auth: { user: "root" },
      sources: [
        {
          before_provision: [
            { callback: "fetch", src: await shared.part(arch, "disk"), dest: "tiny" },
            { callback: "setup_image", src: "tiny", inject },
          ],
          on_provision: { src: "tiny", dest: "root" },
        },
        {
          before_provision: [{ callback: "fetch", src: shared.emptyDisk, dest: "empty" }],
          on_provision: { src: "empty", dest: "second" },
        },
      ],
    },
    disks: [
      { src: "root", devname: "vda" },
      { src: "second", devname: "vdb" },
    ],
    vcpus: 1,
    ram,
    ...(firmware !== undefined && { firmware }),
    ...(console !== undefined && { kernel: await kernel() }),
  };
  return JSON.stringify({ vm });
}

/** The inventory of machines on the lab's first hypervisor. @param vars more of its VMs, as in a mapping on one line */
export const machineInventory = (
  { port, hypervisors, clientKeyPath }: LabHypervisors,
  names: readonly MachineName[],
  vars: string,
): string => `all:
  hosts:
    localhost:
      ansible_connection: local
      config:
        list: [${names.map((name) => `{ platform: ${name}, target: ${MACHINES[name].target} }`).join(", ")}]
  children:
    hypervisors:
      hosts:
        hypervisor:
          ansible_host: 127.0.0.1
          ansible_port: ${port}
          ansible_user: ${hypervisors[0]?.user}
          ansible_ssh_private_key_file: ${clientKeyPath}
    vms: { vars: { project_id: machines, phases_lookup_dir_path: phases, connection_timeout: 60, ${vars} } }
`;
