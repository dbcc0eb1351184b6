import { z } from "zod";
import { ConfigError } from "../../errors.js";
import type { Scope } from "../../template/scope.js";
import type { HypervisorHost as ConnectableHost } from "../../transport/hypervisor-connection.js";
import { age, anyNumber, flag, size, someText, wholeNumber } from "../../values/lenient.js";
import { type Mapping, setEntry } from "../../values/mapping.js";
import { didYouMean } from "../../values/nearest.js";
import { Problems } from "../../values/problems.js";
import { parseWith } from "../../values/validate.js";
import type { LoadContext } from "./load-context.js";
import { magicVariables, scopeOf } from "./magic.js";
import { pickVariables } from "./pick.js";

/** A host of group `hypervisors`, its variables checked. */
export interface HypervisorHost extends ConnectableHost {
  /** What virsh is given there; default qemu:///session. */
  readonly libvirtUri: string;
  /** As whom commands run there, when the inventory says `ansible_become`. */
  readonly become?: {
    readonly user: string;
    readonly method: "sudo" | "su" | "doas";
    readonly password?: string;
  };
  readonly maxVms?: number;
  /** False: `kvm` in its capabilities is believed unasked. */
  readonly kvmProbe: boolean;
  /** Who fetches images: a hypervisor may have no way to the servers. */
  readonly fetchVia: "hypervisor" | "controller";
  /** What `run` keeps of restore points and images in each pool directory; bytes, and milliseconds since they were used. */
  readonly cacheLimits: { readonly maxBytes?: number; readonly maxAgeMs?: number };
  /** All of its variables, not evaluated. */
  readonly vars: Mapping;
}

const CONNECTIONS: Readonly<Record<string, "ssh" | "local">> = {
  ssh: "ssh",
  "ansible.builtin.ssh": "ssh",
  smart: "ssh",
  paramiko: "ssh",
  paramiko_ssh: "ssh",
  "ansible.builtin.paramiko_ssh": "ssh",
  local: "local",
  "ansible.builtin.local": "local",
};

const GROUP = "hypervisors";
const connection = z.enum(Object.keys(CONNECTIONS));

/** What a hypervisor's variables are called, and what each may be. */
export const HypervisorVariables = z.object({
  ansible_connection: connection.default("ssh"),
  ansible_host: someText.optional(),
  ansible_port: wholeNumber(1, 65_535).optional(),
  ansible_user: someText.optional(),
  ansible_ssh_private_key_file: someText.optional(),
  ansible_libvirt_uri: someText.default("qemu:///session"),
  ansible_become: flag.default(false),
  ansible_become_user: someText.default("root"),
  ansible_become_method: z.enum(["sudo", "su", "doas"]).default("sudo"),
  ansible_become_password: someText.optional(),
  max_vms: wholeNumber(1).optional(),
  kvm_probe: flag.default(true),
  fetch_via: z.enum(["hypervisor", "controller"]).default("hypervisor"),
  cache_max_size: size.optional(),
  cache_max_age: age.optional(),
  connection_timeout: anyNumber(1).optional(),
});

/** Ansible lets the older spellings win. */
const SPELLINGS = {
  ...Object.fromEntries(Object.keys(HypervisorVariables.shape).map((name) => [name, [name]])),
  ansible_host: ["ansible_ssh_host", "ansible_host"],
  ansible_port: ["ansible_ssh_port", "ansible_port"],
  ansible_user: ["ansible_ssh_user", "ansible_user"],
  ansible_ssh_private_key_file: ["ansible_ssh_private_key_file", "ansible_private_key_file"],
  ansible_become_password: ["ansible_become_pass", "ansible_become_password"],
  connection_timeout: ["ansible_ssh_timeout", "ansible_timeout", "connection_timeout"],
};

/** One hypervisor of the inventory. @throws ConfigError(s) at the variable's place */
export function hypervisorHost(name: string, vars: Mapping, scope: Scope): HypervisorHost {
  const picked = pickVariables(SPELLINGS, vars, scope);
  // As in Ansible, localhost is this machine and no SSH server need run on it.
  if (name === "localhost" && picked["ansible_connection"] === undefined)
    setEntry(picked, "ansible_connection", "local");
  const parsed = parseWith(HypervisorVariables, picked, `hypervisor '${name}'`);
  const { ansible_become_password: password, connection_timeout: timeout } = parsed;
  return {
    name,
    connection: CONNECTIONS[parsed.ansible_connection] ?? "ssh",
    host: parsed.ansible_host,
    port: parsed.ansible_port,
    user: parsed.ansible_user,
    privateKeyFile: parsed.ansible_ssh_private_key_file,
    connectTimeoutMs: timeout === undefined ? undefined : timeout * 1000,
    libvirtUri: parsed.ansible_libvirt_uri,
    ...(parsed.ansible_become && {
      become: {
        user: parsed.ansible_become_user,
        method: parsed.ansible_become_method,
        ...(password !== undefined && { password }),
      },
    }),
    ...(parsed.max_vms !== undefined && { maxVms: parsed.max_vms }),
    kvmProbe: parsed.kvm_probe,
    fetchVia: parsed.fetch_via,
    cacheLimits: {
      ...(parsed.cache_max_size !== undefined && { maxBytes: parsed.cache_max_size }),
      ...(parsed.cache_max_age !== undefined && { maxAgeMs: parsed.cache_max_age }),
    },
    vars,
  };
}

/** The error for an inventory that names no place to run anything. */
const noHypervisors = (file: string, reason: string, meant = ""): ConfigError =>
  new ConfigError(`${reason}: nothing says where VMs shall run${meant}`, {
    position: { file, line: 1, column: 1 },
    hint: "for this machine, write below `all:`  `children: { hypervisors: { hosts: { localhost: { ansible_connection: local } } } }`",
  });

/** The hosts of group `hypervisors`, in the inventory's order. @throws ConfigError(s) when there are none or their variables are wrong */
export async function loadHypervisors(context: LoadContext): Promise<HypervisorHost[]> {
  const { inventory, inventoryFile } = context;
  if (!inventory.groups.has(GROUP))
    throw noHypervisors(inventoryFile, "no hypervisor group", didYouMean(GROUP, inventory.groups.keys()));
  const names = inventory.hostsOf(GROUP);
  if (names.length === 0) throw noHypervisors(inventoryFile, `group '${GROUP}' has no hosts`);
  const members = Object.fromEntries(
    [...inventory.groups.keys()].map((group) => [group, inventory.hostsOf(group)]),
  );
  const problems = new Problems();
  const hosts: HypervisorHost[] = [];
  for (const name of names) {
    const host = await problems.attemptAsync(async () => {
      const groups = inventory.groupsOf(name);
      const vars = await context.variables.of(name, groups);
      const magic = { ...magicVariables(context, name, groups), groups: members };
      return hypervisorHost(name, vars, scopeOf(vars, magic));
    });
    if (host) hosts.push(host);
  }
  problems.throwIfAny();
  return hosts;
}
