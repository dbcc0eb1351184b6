import { ConfigError } from "../errors.js";
import type { VmDefinition } from "../expand/vm-definition.js";
import { shaCrypt } from "../keys/sha-crypt.js";
import { ONLY_CARD } from "../libvirt/card.js";
import type { ImageRecipe, Locate } from "./recipe.js";
import { metaData, userData } from "./seed/cloud-config.js";
import { networkConfig } from "./seed/network-config.js";

/** How farm's key gets into a guest; without either, the image lets farm in as it is. */
export interface GuestAccess {
  /** The files of a disk labelled `cidata`: make it with `isoImage("cidata", files)`. */
  readonly seed?: { readonly files: Readonly<Record<string, string>> };
  /** systemd credentials, for SMBIOS type 11 strings `io.systemd.credential.binary:NAME=BASE64`. */
  readonly credentials?: readonly { readonly name: string; readonly base64: string }[];
}

interface AccessOptions {
  /** Unique per leaf: cloud-init does its work once for each. */
  readonly instanceId: string;
  readonly locate?: Locate;
  readonly hashPassword?: (password: string) => string;
}

/** Architectures whose QEMU machines have SMBIOS tables. */
const SMBIOS = ["x86_64", "i686", "aarch64", "riscv64", "loongarch64"];

/**
 * What a guest is given so that farm can log in, by the recipe of its system disk.
 * @throws ConfigError when the way that the user chose cannot work with his definition.
 */
export function accessFor(
  definition: VmDefinition,
  publicKey: string,
  recipe: Pick<ImageRecipe, "inject">,
  options: AccessOptions,
): GuestAccess {
  if (recipe.inject === "none") return {};
  if (recipe.inject === "credential") return credentialAccess(definition, publicKey, options.locate);
  const { hostname, auth } = definition.metadata;
  const { net } = definition;
  // On a switch a guest has two cards, of which the one that farm logs in by has DHCP.
  const network = networkConfig(net.type === "vde" ? ONLY_CARD : net.mac);
  const hashPassword = options.hashPassword ?? ((password: string) => shaCrypt("sha512", password));
  return {
    seed: {
      files: {
        "meta-data": metaData(options.instanceId, hostname),
        "user-data": userData({ hostname, auth, publicKey, hashPassword }),
        ...(network !== undefined && { "network-config": network }),
      },
    },
  };
}

function credentialAccess(
  definition: VmDefinition,
  publicKey: string,
  locate: Locate = () => undefined,
): GuestAccess {
  const { auth } = definition.metadata;
  const hint = "let setup_image inject nocloud, for an image with cloud-init";
  const fail = (message: string, path: readonly string[]) =>
    new ConfigError(`inject: credential: ${message}`, { hint, position: locate(path) });
  if (auth.user !== "root")
    throw fail(`a credential lets only root log in, not '${auth.user}'`, ["metadata", "auth", "user"]);
  if (!SMBIOS.includes(definition.arch))
    throw fail(`guests of ${definition.arch} have no SMBIOS to carry it`, ["arch"]);
  if (definition.arch === "aarch64" && definition.firmware === undefined)
    throw fail("an aarch64 guest sees SMBIOS only through UEFI firmware", ["firmware"]);
  const base64 = Buffer.from(`${publicKey.trim()}\n`).toString("base64");
  return { credentials: [{ name: "ssh.authorized_keys.root", base64 }] };
}
