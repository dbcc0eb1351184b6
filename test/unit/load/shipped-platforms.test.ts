import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { asFarmError, describeError } from "../../../src/errors.js";
import { imageRecipes } from "../../../src/images/recipe/recipe.js";
import { loadProject } from "../../../src/project/project.js";
import { answered, newProject } from "./project-files.js";

const samples = fileURLToPath(new URL("../../../", import.meta.url));
const TARGETS = ["amd64", "arm64", "armhf", "i386", "ppc64", "riscv64", "s390x"] as const;

/** `URL CHECKSUMS INJECT PARTITION` by target, and what is said of targets that there is no image for. */
async function images(platform: string): Promise<Record<string, string>> {
  const cwd = await newProject({
    "inventory.yaml": JSON.stringify({
      all: {
        hosts: { localhost: { config: { permutations: { platforms: [platform], targets: TARGETS } } } },
        children: {
          hypervisors: { hosts: { localhost: {} } },
          vms: { vars: { parse_lookup_dir_path: samples } },
        },
      },
    }),
  });
  const { vms } = await loadProject({ inventory: "inventory.yaml", vars: [], extraVars: [], cwd });
  return Object.fromEntries(
    vms.map((vm) => {
      try {
        const [recipe] = imageRecipes(vm.define(answered(), "qemu"), (path) => vm.locate(path));
        const sums = recipe?.checksum && "sumsUrl" in recipe.checksum ? recipe.checksum.sumsUrl : "none";
        return [vm.target, `${recipe?.url} ${sums} ${recipe?.inject} ${recipe?.partitionNumber ?? "-"}`];
      } catch (error) {
        return [vm.target, describeError(asFarmError(error)).replace(/^\S+ /, "")];
      }
    }),
  );
}

/** The partition that farm itself lets fill the disk: where it is the same one in all of a project's images. */
const grown = (platform: string): string =>
  /^(debian|ubuntu)/.test(platform) ? "1" : platform.startsWith("Arch") ? "3" : "-";

const NO_WAY = "farm has no way into an image without cloud-init on ";

/** The targets of a platform: the name of the image there, `undefined` for none. */
type Arches = Partial<Record<(typeof TARGETS)[number], string>>;

const DEBIAN: Arches = { amd64: "amd64", arm64: "arm64", ppc64: "ppc64el" };
const DEBIAN_13: Arches = { ...DEBIAN, riscv64: "riscv64" };
const UBUNTU: Arches = { ...DEBIAN_13, armhf: "armhf", s390x: "s390x" };
const RED_HAT: Arches = { amd64: "x86_64", arm64: "aarch64", ppc64: "ppc64le", s390x: "s390x" };
const TWO: Arches = { amd64: "x86_64", arm64: "aarch64" };

const debian = (release: string, version: string, variant: string) => (arch: string) => {
  const base = `https://cloud.debian.org/images/cloud/${release}/${release === "sid" ? "daily/" : ""}latest`;
  const image = `${base}/debian-${version}-${variant}-${arch}${release === "sid" ? "-daily" : ""}.qcow2`;
  return `${image} ${base}/SHA512SUMS ${variant === "nocloud" ? "credential" : "nocloud"}`;
};
const ubuntu = (release: string, version: string) => (arch: string) => {
  const base = `https://cloud-images.ubuntu.com/releases/${release}/release`;
  return `${base}/ubuntu-${version}-server-cloudimg-${arch}.img ${base}/SHA256SUMS nocloud`;
};
const fedora = (version: string, build: string, host: string) => (arch: string) => {
  const place = /86|aarch/.test(arch) ? "fedora/linux" : "fedora-secondary";
  const base = `${host}/${place}/releases/${version}/Cloud/${arch}/images`;
  const image = `Fedora-Cloud-Base-Generic-${version}-${build}.${arch}.qcow2`;
  return `${base}/${image} ${base}/Fedora-Cloud-${version}-${build}-${arch}-CHECKSUM nocloud`;
};

describe.each<[string, string, Arches, (arch: string) => string]>([
  ["debian_11", "Debian 11", DEBIAN, debian("bullseye", "11", "genericcloud")],
  ["debian_11_generic", "Debian 11", DEBIAN, debian("bullseye", "11", "generic")],
  ["debian_12", "Debian 12", DEBIAN, debian("bookworm", "12", "genericcloud")],
  ["debian_12_generic", "Debian 12", DEBIAN, debian("bookworm", "12", "generic")],
  ["debian_12_nocloud", "Debian 12", { amd64: "amd64", arm64: "arm64" }, debian("bookworm", "12", "nocloud")],
  ["debian_13", "Debian 13", DEBIAN_13, debian("trixie", "13", "genericcloud")],
  ["debian_13_generic", "Debian 13", DEBIAN_13, debian("trixie", "13", "generic")],
  ["debian_13_nocloud", "Debian 13", { amd64: "amd64", arm64: "arm64" }, debian("trixie", "13", "nocloud")],
  ["debian_sid", "Debian sid", DEBIAN_13, debian("sid", "sid", "genericcloud")],
  ["debian_sid_generic", "Debian sid", DEBIAN_13, debian("sid", "sid", "generic")],
  ["debian_sid_nocloud", "Debian sid", { amd64: "amd64", arm64: "arm64" }, debian("sid", "sid", "nocloud")],
  ["ubuntu_22.04", "Ubuntu 22.04", UBUNTU, ubuntu("jammy", "22.04")],
  ["ubuntu_24.04", "Ubuntu 24.04", UBUNTU, ubuntu("noble", "24.04")],
  ["ubuntu_26.04", "Ubuntu 26.04", UBUNTU, ubuntu("resolute", "26.04")],
  ["fedora_42", "Fedora 42", RED_HAT, fedora("42", "1.1", "https://archives.fedoraproject.org/pub/archive")],
  ["fedora_43", "Fedora 43", RED_HAT, fedora("43", "1.6", "https://download.fedoraproject.org/pub")],
  ["fedora_44", "Fedora 44", RED_HAT, fedora("44", "1.7", "https://download.fedoraproject.org/pub")],
  [
    "alpine_3.22",
    "Alpine 3.22.1",
    TWO,
    (arch) => {
      const firmware = arch === "aarch64" ? "uefi" : "bios";
      const image = `https://dl-cdn.alpinelinux.org/alpine/v3.22/releases/cloud/nocloud_alpine-3.22.1-${arch}-${firmware}-cloudinit-r0.qcow2`;
      return `${image} ${image}.sha512 nocloud`;
    },
  ],
  [
    "opensuse_leap_15.6",
    "openSUSE Leap 15.6",
    TWO,
    (arch) => {
      const image = `https://download.opensuse.org/distribution/leap/15.6/appliances/openSUSE-Leap-15.6-Minimal-VM.${arch}-Cloud.qcow2`;
      return `${image} ${image}.sha256 nocloud`;
    },
  ],
  [
    "opensuse_tumbleweed",
    "openSUSE Tumbleweed",
    TWO,
    (arch) => {
      const port = arch === "aarch64" ? "/ports/aarch64" : "";
      const image = `https://download.opensuse.org${port}/tumbleweed/appliances/openSUSE-Tumbleweed-Minimal-VM.${arch}-Cloud.qcow2`;
      return `${image} ${image}.sha256 nocloud`;
    },
  ],
  [
    "rocky_9",
    "Rocky Linux 9",
    RED_HAT,
    (arch) => {
      const image = `https://dl.rockylinux.org/pub/rocky/9/images/${arch}/Rocky-9-GenericCloud-Base.latest.${arch}.qcow2`;
      return `${image} ${image}.CHECKSUM nocloud`;
    },
  ],
  [
    "Arch-Linux",
    "Arch Linux",
    { amd64: "x86_64" },
    (arch) => {
      const image = `https://geo.mirror.pkgbuild.com/images/latest/Arch-Linux-${arch}-cloudimg.qcow2`;
      return `${image} ${image}.SHA256 nocloud`;
    },
  ],
])("%s", (platform, name, arches, expected) => {
  test("the image for each target, and what is said where there is none", async () => {
    const found = await images(platform);
    for (const target of TARGETS) {
      const arch = arches[target];
      if (arch !== undefined) expect(found[target]).toBe(`${expected(arch)} ${grown(platform)}`);
      else
        expect(found[target]).toMatch(platform.endsWith("_nocloud") ? NO_WAY : `${name} has no image for `);
    }
  });
});
