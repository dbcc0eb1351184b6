import type { Auth } from "../../load/definitions/vm-definition.js";
import type { Mapping } from "../../values/mapping.js";
import { cloudYaml } from "./cloud-yaml.js";
import { mergeCloudConfig } from "./merge-cloud-config.js";

export interface CloudConfig {
  readonly hostname: string;
  readonly auth: Auth;
  /** Lines as in authorized_keys: farm's first. */
  readonly publicKeys: readonly string[];
  /** Makes the `$6$` hash of a password: the password itself never gets into a guest's configuration. */
  readonly hashPassword: (password: string) => string;
  /** The user's own cloud-config. */
  readonly own?: Mapping | undefined;
}

/** cloud-init's user-data: who may log in and become whom, and that the root partition fills the disk. */
export function userData({ hostname, auth, publicKeys, hashPassword, own = {} }: CloudConfig): string {
  const config = {
    hostname: guestHostname(hostname),
    // Without it every sudo waits for a resolver that does not know the name.
    manage_etc_hosts: "localhost",
    users: users(auth, publicKeys, hashPassword),
    disable_root: false,
    ssh_pwauth: false,
    // A guest's keys are its image's, or made once by cloud-init where the image has none.
    ssh_deletekeys: false,
    growpart: { mode: "auto", devices: ["/"], ignore_growroot_disabled: false },
    resize_rootfs: true,
  };
  const merged = mergeCloudConfig(config, own);
  const kept = auth.user === "root" ? { ...merged, disable_root: false } : merged;
  return `#cloud-config\n${cloudYaml(kept)}`;
}

/** cloud-init's meta-data, with the user's own; a new instance-id makes it do its work again on the same disk. */
export const metaData = (instanceId: string, hostname: string, own: Mapping = {}): string =>
  cloudYaml({ "instance-id": instanceId, "local-hostname": guestHostname(hostname), ...own });

/** A name that every system takes as its own: letters, digits and inner hyphens, at most 63. */
export function guestHostname(name: string): string {
  const label = (text: string) => text.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
  const labels = name.split(".").map(label).filter(Boolean).join(".");
  return labels.slice(0, 63).replace(/[.-]+$/, "") || "guest";
}

type User = Readonly<Record<string, unknown>>;

function users(auth: Auth, publicKeys: readonly string[], hash: CloudConfig["hashPassword"]): User[] {
  const keys = { ssh_authorized_keys: publicKeys.map((key) => key.trim()) };
  const rootPassword = suPassword(auth);
  if (auth.user === "root")
    return [{ name: "root", ...keys, ...password(rootPassword ?? auth.password, hash, { keepOpen: true }) }];
  const user = {
    name: auth.user,
    ...keys,
    ...becomeRule(auth),
    ...password(auth.password, hash, { keepOpen: false }),
  };
  if (rootPassword === undefined) return [user];
  return [user, { name: "root", ...password(rootPassword, hash, { keepOpen: true }) }];
}

/** su asks for the password of the one whom it becomes. */
export const suPassword = (auth: Auth): string | undefined =>
  auth.become_method === "su" && auth.become_user === "root" ? auth.become_password : undefined;

function becomeRule(auth: Auth): User {
  if (auth.become_method === "sudo") return { sudo: "ALL=(ALL) NOPASSWD:ALL" };
  return auth.become_method === "doas" ? { doas: [`permit nopass ${auth.user}`] } : {};
}

/**
 * `hashed_passwd` also changes a user whom the image has already; `passwd` does not. An account without a password is
 * locked, save root's, which stays as the image has it: an SSH server without PAM refuses a locked one even with a key.
 */
function password(
  plain: string | undefined,
  hash: CloudConfig["hashPassword"],
  { keepOpen }: { keepOpen: boolean },
): User {
  if (plain === undefined || plain === "") return { lock_passwd: !keepOpen };
  return { hashed_passwd: hash(plain), lock_passwd: false };
}
