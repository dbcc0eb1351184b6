import { expect, test } from "vitest";
import type { System } from "../../../src/doctor/examine-script.js";
import { emulatorPackage, installCommand, installText } from "../../../src/doctor/packages.js";

const system = (distributions: readonly string[], uid = 1000) =>
  ({ distributions, uid }) as unknown as System;

test.each([
  [["debian"], "sudo apt-get install -y --no-install-recommends qemu-utils ovmf"],
  [["ubuntu", "debian"], "sudo apt-get install -y --no-install-recommends qemu-utils ovmf"],
  [["fedora"], "sudo dnf install -y qemu-img edk2-ovmf"],
  [["rocky", "rhel", "centos", "fedora"], "sudo dnf install -y qemu-img edk2-ovmf"],
  [["opensuse-leap", "suse", "opensuse"], "sudo zypper --non-interactive install qemu-img qemu-ovmf-x86_64"],
  [["arch"], "sudo pacman -S --noconfirm --needed qemu-img edk2-ovmf"],
  [["alpine"], "sudo apk add qemu-img ovmf"],
  [["nixos"], "install qemu-utils, ovmf (Debian's names)"],
])("on %j", (distributions, text) => {
  expect(installText(["qemu-utils", "ovmf"], system(distributions))).toBe(text);
});

test("root needs no sudo, and a package stands once", () => {
  expect(installText(["ovmf", "ovmf"], system(["arch"], 0))).toBe("pacman -S --noconfirm --needed edk2-ovmf");
});

test("packages are arguments, never shell text", () => {
  const command = installCommand(["a; rm -rf /"], system(["debian"]));
  expect(command?.argv.slice(0, 4)).toEqual(["sudo", "-n", "sh", "-c"]);
  expect(command?.argv.at(-1)).toBe("a; rm -rf /");
  expect(installCommand(["x"], system(["plan9"]))).toBeUndefined();
});

test.each([
  ["x86_64", "qemu-system-x86"],
  ["aarch64", "qemu-system-arm"],
  ["ppc64le", "qemu-system-ppc"],
  ["riscv64", "qemu-system-misc"],
])("the emulator of %s", (arch, name) => expect(emulatorPackage(arch)).toBe(name));
