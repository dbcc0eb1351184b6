import { ConfigError } from "../../errors.js";
import { shaCrypt } from "../../keys/sha-crypt.js";
import { ONLY_CARD } from "../../libvirt/domain/card.js";
import type { VmDefinition } from "../../load/definitions/vm-definition.js";
import type { FirstBoot } from "../recipe/guest-settings.js";
import type { ImageRecipe } from "../recipe/image-recipe.js";
import type { Locate } from "../recipe/recipe.js";
import { metaData, userData } from "../seed/cloud-config.js";
import { cloudYaml } from "../seed/cloud-yaml.js";
import { networkConfig } from "../seed/network-config.js";
import { type GuestSetup, guestSetup } from "./guest-setup.js";

/** How farm's key gets into a guest; without either, the image lets farm in as it is. */
export interface GuestAccess {
  /** The files of a disk labelled `cidata`: make it with `isoImage("cidata", files)`. */
  readonly seed?: { readonly files: Readonly<Record<string, string>> };
  /** systemd credentials, for SMBIOS type 11 strings `io.systemd.credential.binary:NAME=BASE64`. */
  readonly credentials?: readonly { readonly name: string; readonly base64: string }[];
  /** What root is to set up besides: over the first connection, or by virt-customize before there is a guest. */
  readonly setup?: GuestSetup & { readonly by: "login" | "customize" };
  /** The user's script, which farm runs once it is logged in for the first time. */
  readonly firstBoot?: FirstBoot;
}

interface AccessOptions {
  /** Unique per leaf: cloud-init does its work once for each. */
  readonly instanceId: string;
  readonly locate?: Locate;
  readonly hashPassword?: (password: string) => string;
  /** Of the user's: who has one of them may log in too. */
  readonly otherKeys?: readonly string[];
}

type Recipe = Pick<ImageRecipe, "inject" | "guest">;

/** Architectures whose QEMU machines have SMBIOS tables. */
const SMBIOS = ["x86_64", "i686", "aarch64", "riscv64", "loongarch64"];

/**
 * What a guest is given so that farm can log in, by the recipe of its system disk.
 * @throws ConfigError when the way that the user chose cannot work with his definition.
 */
export function accessFor(
  definition: VmDefinition,
  publicKey: string,
  recipe: Recipe,
  options: AccessOptions,
): GuestAccess {
  const { firstBoot } = recipe.guest ?? {};
  return { ...loginAccess(definition, publicKey, recipe, options), ...(firstBoot && { firstBoot }) };
}

function loginAccess(
  definition: VmDefinition,
  publicKey: string,
  { inject, guest = {} }: Recipe,
  options: AccessOptions,
): GuestAccess {
  const publicKeys = [publicKey, ...(options.otherKeys ?? [])];
  if (inject === "none") return {};
  const { hostname, auth } = definition.metadata;
  const hashPassword = options.hashPassword ?? ((password: string) => shaCrypt("sha512", password));
  if (inject !== "nocloud") {
    refuseUser(auth.user, options.locate);
    const setup = guestSetup(auth, hostname, publicKeys, hashPassword);
    if (inject === "customize") return { setup: { ...setup, by: "customize" } };
    return { ...credentialAccess(definition, publicKeys, options.locate), setup: { ...setup, by: "login" } };
  }
  // On a switch a guest has two cards, of which the one that farm logs in by has DHCP.
  const { net } = definition;
  const card = net.type === "vde" ? ONLY_CARD : net.mac;
  const network = guest.networkConfig ? cloudYaml(guest.networkConfig) : networkConfig(card);
  return {
    seed: {
      files: {
        "meta-data": metaData(options.instanceId, hostname, guest.metaData),
        "user-data": userData({ hostname, auth, publicKeys, hashPassword, own: guest.userData }),
        ...(network !== undefined && { "network-config": network }),
      },
    },
  };
}

/** A name that every system takes, and that is no part of a pattern. */
function refuseUser(user: string, locate: Locate = () => undefined): void {
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) return;
  throw new ConfigError(`'${user}' cannot be a user of the guest`, {
    position: locate(["metadata", "auth", "user"]),
    hint: "small letters, digits, _ and -",
  });
}

/** Root's key: as root farm then sets up all else. */
function credentialAccess(
  definition: VmDefinition,
  publicKeys: readonly string[],
  locate: Locate = () => undefined,
): GuestAccess {
  const hint = "let setup_image inject nocloud, for an image with cloud-init";
  const fail = (message: string, path: readonly string[]) =>
    new ConfigError(`inject: credential: ${message}`, { hint, position: locate(path) });
  if (!SMBIOS.includes(definition.arch))
    throw fail(`guests of ${definition.arch} have no SMBIOS to carry it`, ["arch"]);
  if (definition.arch === "aarch64" && definition.firmware === undefined)
    throw fail("an aarch64 guest sees SMBIOS only through UEFI firmware", ["firmware"]);
  const base64 = Buffer.from(publicKeys.map((key) => `${key.trim()}\n`).join("")).toString("base64");
  return { credentials: [{ name: "ssh.authorized_keys.root", base64 }] };
}
