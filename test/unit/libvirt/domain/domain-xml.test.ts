import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../../src/errors.js";
import { domainXml } from "../../../../src/libvirt/domain/domain-xml.js";
import { at, childrenOf, parseXml, type XmlElement } from "../../../../src/libvirt/xml.js";
import { domainInput } from "../domain-input.js";

type Input = Parameters<typeof domainInput>;
const build = (...input: Input) => parseXml(domainXml(domainInput(...input)), "it");
const attribute = (root: XmlElement, name: string, ...path: string[]) =>
  at(root, ...path)?.attributes.get(name);

describe("domainXml", () => {
  it("says what a VM is made of", () => {
    expect(domainXml(domainInput())).toMatchInlineSnapshot(`
      "<domain type="qemu">
        <name>VM debian_12_amd64</name>
        <uuid>11111111-1111-4111-8111-111111111111</uuid>
        <genid/>
        <metadata>
          <farm:domain xmlns:farm="urn:farm:domain:1">
            <farm:project>demo</farm:project>
            <farm:vm>VM debian_12_amd64</farm:vm>
            <farm:run>r1</farm:run>
            <farm:directory>/pool/vm</farm:directory>
            <farm:created>2026-11-23T16:00:00Z</farm:created>
          </farm:domain>
        </metadata>
        <memory unit="MiB">256</memory>
        <vcpu>2</vcpu>
        <os>
          <type arch="x86_64" machine="q35">hvm</type>
        </os>
        <features>
          <acpi/>
          <apic/>
        </features>
        <cpu mode="maximum"/>
        <clock offset="utc"/>
        <on_poweroff>destroy</on_poweroff>
        <on_reboot>restart</on_reboot>
        <on_crash>destroy</on_crash>
        <devices>
          <emulator>/usr/bin/qemu-system-x86_64</emulator>
          <controller type="usb" model="none"/>
          <disk type="file" device="disk">
            <driver name="qemu" type="qcow2" cache="unsafe" discard="unmap"/>
            <source file="/pool/vm/leaf.qcow2"/>
            <target dev="vda" bus="virtio"/>
            <boot order="1"/>
          </disk>
          <interface type="user">
            <mac address="52:54:00:12:34:56"/>
            <model type="virtio"/>
          </interface>
          <serial type="pty">
            <log file="/pool/vm/console.log" append="on"/>
            <target port="0"/>
          </serial>
          <console type="pty">
            <log file="/pool/vm/console.log" append="on"/>
            <target type="serial" port="0"/>
          </console>
          <rng model="virtio">
            <backend model="random">/dev/urandom</backend>
          </rng>
          <memballoon model="virtio" freePageReporting="on"/>
        </devices>
      </domain>"
    `);
  });

  it("keeps a name whatever it holds", () => {
    const name = ` -q 'a' "b" $(id); <&> &lt; ü`;
    expect(at(build({ name }), "name")?.text).toBe(name);
  });

  it.each(["a\nb", "a/b", "a\u001bb", " ", "..", "x".repeat(201)])("refuses the name %j", (name) => {
    expect(() => build({ name })).toThrow(ConfigError);
  });

  it("refuses a line break in a path", () => {
    expect(() => build({}, { consoleLog: "/a\nb" })).toThrow(/control character/);
  });

  it.each([
    ["x86_64", "q35"],
    ["aarch64", "virt"],
    ["armv7l", "virt"],
    ["ppc64le", "pseries"],
    ["s390x", "s390-ccw-virtio"],
    ["sparc", undefined],
  ])("says the machine of %s", (arch, machine) => {
    expect(attribute(build({ arch }), "machine", "os", "type")).toBe(machine);
    expect(attribute(build({ arch, machine: "mine" }), "machine", "os", "type")).toBe("mine");
  });

  it.each([
    [{ virt_domain: "kvm" }, "host-passthrough", undefined],
    [{}, "maximum", undefined],
    [{ cpu: "max" }, "maximum", undefined],
    [{ cpu: "qemu64" }, "custom", "qemu64"],
    [{ cpu: "host-model", virt_domain: "kvm" }, "host-model", undefined],
    [{ arch: "aarch64" }, "custom", "cortex-a57"],
    [{ arch: "ppc64le" }, "custom", "POWER9"],
    [{ arch: "riscv64" }, undefined, undefined],
  ])("cpu of %j", (parts, mode, model) => {
    const root = build(parts);
    expect(attribute(root, "mode", "cpu")).toBe(mode);
    expect(at(root, "cpu", "model")?.text).toBe(model);
  });

  it.each([
    ["/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd", undefined],
    ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd", undefined],
    ["/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd", "yes"],
    ["/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd", "yes"],
    ["/x/edk2-x86_64-code.fd", "/x/edk2-i386-vars.fd", undefined],
  ])("firmware %s", (firmware, template, secure) => {
    const root = build({ firmware }, { nvram: "/pool/vm/nvram.fd" });
    expect(at(root, "os", "loader")?.text).toBe(firmware);
    expect(attribute(root, "type", "os", "loader")).toBe("pflash");
    expect(attribute(root, "secure", "os", "loader")).toBe(secure);
    expect(attribute(root, "template", "os", "nvram")).toBe(template);
    expect(at(root, "os", "nvram")?.text).toBe("/pool/vm/nvram.fd");
    expect(attribute(root, "state", "features", "smm")).toBe(secure && "on");
  });

  it("leaves `efi` to libvirt, and loads any other firmware as ROM", () => {
    expect(attribute(build({ firmware: "efi" }), "firmware", "os")).toBe("efi");
    const rom = build({ firmware: "/x/slof.bin" });
    expect(attribute(rom, "type", "os", "loader")).toBe("rom");
    expect(at(rom, "os", "nvram")).toBeUndefined();
  });

  it("tells of ACPI where libvirt takes it", () => {
    const acpi = (parts: Record<string, unknown>) => at(build(parts), "features", "acpi") !== undefined;
    expect([
      acpi({}),
      acpi({ arch: "aarch64" }),
      acpi({ arch: "aarch64", firmware: "efi" }),
      acpi({ arch: "ppc64le" }),
    ]).toEqual([true, false, true, false]);
  });

  it("starts a kernel of its own", () => {
    const os = at(build({ kernel: { src: "/k", initrd: "/i", params: 'root=/dev/vda a="b&c"' } }), "os");
    expect(["kernel", "initrd", "cmdline"].map((name) => at(os, name)?.text)).toEqual([
      "/k",
      "/i",
      'root=/dev/vda a="b&c"',
    ]);
  });

  it("gives no two disks one target or boot order", () => {
    const disk = (target: string, bus?: string) => ({
      path: `/${target}`,
      format: "raw" as const,
      readonly: false,
      target,
      bus,
    });
    const disks = [disk("hda"), disk("vda"), disk("sdb"), disk("sda", "sata"), disk("vda")];
    const found = childrenOf(at(build({}, { disks }), "devices"), "disk");
    expect(found.map((one) => attribute(one, "dev", "target"))).toEqual(["vda", "vdb", "vdc", "sda", "vdd"]);
    expect(found.map((one) => attribute(one, "order", "boot"))).toEqual(["1", "2", "3", "4", "5"]);
    expect(found.map((one) => attribute(one, "bus", "target"))).toEqual([
      "virtio",
      "virtio",
      "virtio",
      "sata",
      "virtio",
    ]);
  });

  it("gives credentials in SMBIOS tables, where there are some", () => {
    const credentials = [{ name: "ssh.authorized_keys.root", base64: "QUJD" }];
    const root = build({}, { credentials });
    expect(at(root, "sysinfo", "oemStrings", "entry")?.text).toBe(
      "io.systemd.credential.binary:ssh.authorized_keys.root=QUJD",
    );
    expect(attribute(root, "mode", "os", "smbios")).toBe("sysinfo");
    expect(() => build({ arch: "ppc64le" }, { credentials })).toThrow(/no SMBIOS/);
  });

  it.each([
    [{ type: "network" }, "network", "default"],
    [{ type: "network", source: "lab" }, "network", "lab"],
    [{ type: "bridge", source: "br0" }, "bridge", "br0"],
  ])("network %j", (net, kind, source) => {
    const root = build({ net });
    expect(attribute(root, "type", "devices", "interface")).toBe(kind);
    expect(attribute(root, kind, "devices", "interface", "source")).toBe(source);
  });

  it.each([{ type: "bridge" }])("refuses the network %j", (net) => {
    expect(() => build({ net })).toThrow(ConfigError);
  });

  it("makes a firmware's variables from what is said, and takes it for flash then", () => {
    const parts = { firmware: "/opt/mine.fd", nvram_template: "/opt/mine-vars.fd" };
    const root = build(parts, { nvram: "/pool/vm/nvram.fd" });
    expect(attribute(root, "type", "os", "loader")).toBe("pflash");
    expect(attribute(root, "template", "os", "nvram")).toBe("/opt/mine-vars.fd");
    expect(attribute(build({ firmware: "/opt/mine.fd" }), "type", "os", "loader")).toBe("rom");
  });
});
