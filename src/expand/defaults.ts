import type { Mapping } from "../values/mapping.js";

interface DefaultsInput {
  readonly name: string;
  readonly platform: string;
  readonly target: string;
  /** The hypervisor's. */
  readonly libvirtUri: string;
  readonly facts: Mapping;
  /** What the inventory says about logging in to the guest. */
  readonly auth: Mapping;
}

/** What a VM is where nobody says otherwise. */
export function defaults({ name, platform, target, libvirtUri, facts, auth }: DefaultsInput): Mapping {
  const root = facts["ansible_user_uid"] === 0;
  return {
    metadata: {
      name,
      hostname: hostnameOf(name),
      platform_name: platform,
      target_name: target,
      connection: libvirtUri,
      // QEMU runs as another user when root's daemon starts it, and that one cannot look into root's home.
      libvirt_pool_dir: root ? "/var/lib/libvirt/images/" : "~/.local/share/libvirt/images/",
      tmp_dir: "~/tmp/",
      auth,
    },
    vcpus: 4,
    ram: 2048,
    net: { type: "user" },
  };
}

const LONGEST_LABEL = 63;

/** A DNS label that resembles a VM's name. */
export function hostnameOf(name: string): string {
  const label = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, LONGEST_LABEL)
    .replace(/-+$/, "");
  return label === "" ? "vm" : label;
}
