import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { domainXml } from "../../../src/libvirt/domain/domain-xml.js";
import { networkXml } from "../../../src/libvirt/network.js";
import { definition, domainInput } from "../../unit/libvirt/domain-input.js";

/** Asks libvirt's own validator. @throws when it says no */
function validate(xml: string, schema: "domain" | "network" = "domain"): void {
  const directory = mkdtempSync(join(tmpdir(), "farm-schema-"));
  try {
    const file = join(directory, "shape.xml");
    writeFileSync(file, xml);
    execFileSync("virt-xml-validate", [file, schema], { stdio: "pipe" });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const ARCHES = ["x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "riscv64", "s390x"];
const NETS = [
  { type: "user", mac: "52:54:00:00:00:01", forwards: [80] },
  { type: "user", backend: "passt" },
  { type: "network" },
  { type: "network", source: "lab & more", ip: "10.1.2.3" },
  { type: "bridge", source: "br0" },
  { type: "vde" },
  { type: "ethernet" },
  { type: "ethernet", source: "tap0" },
];
const FORWARDS = [
  { guest: 22, host: 61_022, protocol: "tcp", address: "127.0.0.1" },
  { guest: 53, host: 5353, protocol: "udp", address: "0.0.0.0" },
] as const;
const FIRMWARE = [
  "efi",
  "/usr/share/OVMF/OVMF_CODE_4M.ms.fd",
  "/usr/share/AAVMF/AAVMF_CODE.fd",
  "/usr/share/qemu/bios.bin",
];
const CPUS = ["host", "host-model", "max", "POWER9", "cortex-a57"];
const DISKS = ["hda", "sda", "vda", "xvda", "sdaa"];

const SHAPES: readonly Record<string, unknown>[] = [
  ...ARCHES.flatMap((arch) => [{ arch }, { arch, virt_domain: "kvm" }]),
  ...NETS.map((net) => ({ net })),
  ...ARCHES.map((arch) => ({ arch, net: { type: "vde" } })),
  ...FIRMWARE.map((firmware) => ({ firmware })),
  { arch: "aarch64", firmware: "efi" },
  ...CPUS.map((cpu) => ({ cpu })),
  {
    machine: "pc",
    kernel: { src: "/boot/vmlinuz", initrd: "/boot/initrd", params: "console=ttyS0 a='<&>'" },
  },
  { metadata: { ...definition().metadata, auth: { connection: "libvirt_qemu" } } },
  { name: "a name with 'quotes' & <marks>", vcpus: 64, ram: 65_536 },
];

test.each(SHAPES)("the XML of %j fits libvirt's schema, whether its emulator is there or not", (parts) => {
  expect(() =>
    validate(domainXml(domainInput(parts, { vdeSwitch: "/pool/switch", forwards: FORWARDS }))),
  ).not.toThrow();
});

test.each(DISKS)("a disk and a read-only one as %s fit it too, by any bus", (target) => {
  const disk = { path: "/pool/a b'.qcow2", format: "qcow2", readonly: false, target } as const;
  for (const bus of [undefined, "ide", "sata", "scsi", "usb"]) {
    const disks = [
      { ...disk, bus },
      { ...disk, readonly: true, format: "raw" as const, target: "vdz", bus },
    ];
    expect(() => validate(domainXml(domainInput({}, { disks })))).not.toThrow();
  }
});

test("so does what goes with a domain: credentials, flash, and networks of farm's", () => {
  const more = {
    credentials: [{ name: "ssh.authorized_keys.root", base64: "YQ==" }],
    nvram: "/pool/nvram.fd",
  };
  for (const firmware of [undefined, ...FIRMWARE])
    expect(() => validate(domainXml(domainInput({ firmware }, more)))).not.toThrow();
  for (const net of [{ type: "network" }, { type: "network", ip: "10.1.2.3", mask: "255.255.0.0" }] as const)
    expect(() => validate(networkXml({ net: { ...net, source: "lab & more" } }), "network")).not.toThrow();
});

test("the validator says no to what is wrong", () => {
  const xml = domainXml(domainInput({}));
  expect(() => validate(xml.replace("<vcpu>", "<vcpus>").replace("</vcpu>", "</vcpus>"))).toThrow();
  expect(() =>
    validate(networkXml({ net: { type: "network" } }).replace("<forward", "<forwards"), "network"),
  ).toThrow();
});
