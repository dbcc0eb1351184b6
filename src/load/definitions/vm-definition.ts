import { z } from "zod";
import { isMapping } from "../../values/mapping.js";

const text = z.string().min(1);
const count = z.int().positive();

/** One callback of an image source: `callback` names it, every other key is its argument. */
export const Callback = z.looseObject({ callback: text, src: text.optional(), dest: text.optional() });
export type Callback = z.infer<typeof Callback>;

export const Source = z.strictObject({
  before_provision: z.array(Callback).default([]),
  on_provision: z.strictObject({ callback: text.optional(), src: text, dest: text }),
});
export type Source = z.infer<typeof Source>;

/** Ansible's names of the ways into a guest: its SSH server, or its QEMU guest agent. */
const CONNECTIONS = [
  "ssh",
  "ansible.builtin.ssh",
  "smart",
  "paramiko",
  "paramiko_ssh",
  "ansible.builtin.paramiko_ssh",
  "libvirt_qemu",
  "community.libvirt.libvirt_qemu",
] as const;

export const Auth = z.strictObject({
  connection: z.enum(CONNECTIONS).default("ssh"),
  user: text.default("root"),
  password: z.string().optional(),
  become_user: text.default("root"),
  become_password: z.string().optional(),
  become_method: z.enum(["sudo", "su", "doas"]).default("sudo"),
});
export type Auth = z.infer<typeof Auth>;

/** Whether farm gets in by the guest's agent. */
export const isByAgent = ({ metadata: { auth } }: Pick<VmDefinition, "metadata">): boolean =>
  /(^|\.)libvirt_qemu$/.test(auth.connection);

export const Disk = z.looseObject({
  type: z.enum(["qcow2", "raw"]).default("qcow2"),
  /** Any libvirt target name: hda, sda, vda. The bus follows from `bus`, else virtio. */
  devname: text.default("vda"),
  /** The `on_provision.dest` of a source; a path of its own is one relative to the pool directory. */
  src: text,
  /** Virtual size, e.g. 10G. The image's own when absent. */
  size: z.union([count, z.string().regex(/^\d+(\.\d+)?\s*([KMGT]i?B?|B)?$/i)]).optional(),
  bus: text.optional(),
  readonly: z.boolean().default(false),
  snapshot: z.boolean().optional(),
});
export type Disk = z.infer<typeof Disk>;

const port = z.int().min(1).max(65_535);

/** A port of a guest on a user network that is to be reached from its hypervisor. */
export const Forward = z.preprocess(
  (written) => (typeof written === "number" ? { guest: written } : written),
  z.strictObject({
    guest: port,
    /** The hypervisor's; a free one when absent. */
    host: port.optional(),
    protocol: z.enum(["tcp", "udp"]).default("tcp"),
    /** The hypervisor's address to listen on. */
    address: z.ipv4().default("127.0.0.1"),
  }),
);
export type Forward = z.infer<typeof Forward>;

/** ansible_farm's way to say that a guest on a user network is reached by its hypervisor's ports. */
const withoutLocalhost = (written: unknown): unknown => {
  if (!isMapping(written) || written["ip"] !== "localhost" || (written["type"] ?? "user") !== "user")
    return written;
  const { ip: _, ...rest } = written;
  return rest;
};

export const Net = z.looseObject({
  type: z.enum(["user", "network", "bridge", "vde", "ethernet"]).default("user"),
  source: z.string().optional(),
  /** libvirt's words for what a user network is: QEMU's own, or the program passt; by what the hypervisor has when absent. */
  backend: z.enum(["default", "passt"]).optional(),
  /** Of the XML of a libvirt network that is not there yet. */
  template: text.optional(),
  mac: z
    .string()
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i)
    .optional(),
  ip: z.ipv4().optional(),
  mask: z.ipv4().optional(),
  gateway: z.ipv4().optional(),
  forwards: z.array(Forward).optional(),
});
export type Net = z.infer<typeof Net>;

export const Metadata = z.looseObject({
  name: text,
  hostname: text,
  platform_name: text,
  target_name: text,
  /** The libvirt URI that virsh is given on the hypervisor. */
  connection: text,
  libvirt_pool_dir: text,
  tmp_dir: text,
  template: text.optional(),
  auth: Auth,
  sources: z.array(Source).default([]),
});
export type Metadata = z.infer<typeof Metadata>;

/**
 * What a VM is, after its target, the defaults and its platform were merged and every expression evaluated
 * for the hypervisor that it was given to. Keys that farm does not know are the user's own, for a domain template.
 */
export const VmDefinition = z.looseObject({
  metadata: Metadata,
  /** The type of domain to start: forced when the user wrote it, else what dispatch chose. */
  virt_domain: z.enum(["kvm", "qemu"]),
  arch: text,
  emulator: text.optional(),
  cpu: text.optional(),
  machine: text.optional(),
  vcpus: count,
  /** MiB */
  ram: count,
  /** Path of a firmware image on the hypervisor, or `efi` for libvirt's own choice. */
  firmware: text.optional(),
  /** Of a firmware in flash: what the VM's own copy of its variables is made from; by the firmware's descriptor or name when absent. */
  nvram_template: text.optional(),
  kernel: z.looseObject({ src: text, params: z.string().optional(), initrd: text.optional() }).optional(),
  default_bus: text.optional(),
  disks: z.array(Disk).default([]),
  net: z.preprocess(withoutLocalhost, Net),
});
export type VmDefinition = z.infer<typeof VmDefinition>;
