import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withMachineDefaults } from "../../../src/expand/machine-defaults.js";
import { type DomainInput, domainXml } from "../../../src/libvirt/domain/domain-xml.js";
import { LibvirtDriver } from "../../../src/libvirt/driver.js";
import { type Inspection, inspectHypervisor } from "../../../src/libvirt/inspect/inspect.js";
import { sectorCommand, sectorVerdict } from "../../../src/libvirt/inspect/kvm-probe.js";
import type { XmlTemplate } from "../../../src/load/definitions/xml-templates.js";
import { Scope } from "../../../src/template/scope.js";
import { domainInput } from "../../unit/libvirt/domain-input.js";
import { type HypervisorUser, isRoot, ordinaryUser, ourselves } from "./hypervisor-user.js";

const uri = "qemu:///session";
const SLOW = 300_000;
const OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const AAVMF = "/usr/share/AAVMF/AAVMF_CODE.fd";

/** The emulators asked for must be there: a contract test that skips itself proves nothing. */
interface Bench {
  readonly user: HypervisorUser;
  readonly inspection: Inspection;
  readonly driver: LibvirtDriver;
  input(parts?: Record<string, unknown>, more?: Partial<DomainInput>): Promise<DomainInput>;
}

async function bench(make: () => Promise<HypervisorUser>): Promise<Bench> {
  const user = await make();
  const inspection = await inspectHypervisor(user.shell, { uri });
  const driver = new LibvirtDriver(user.shell, inspection.facts.connection);
  const run = randomUUID();
  return {
    user,
    inspection,
    driver,
    input: async (parts = {}, more = {}) => {
      const uuid = randomUUID();
      const disk = join(user.pool, `${uuid}.raw`);
      await user.shell.run({ argv: ["truncate", "-s", "1M", disk] });
      const name = `farm-test-${uuid}`;
      const base = domainInput({ name, ram: 64, vcpus: 1, net: {}, ...parts });
      return {
        ...base,
        uuid,
        emulator: inspection.state.emulators[base.definition.arch] ?? "/no/emulator",
        disks: [{ path: disk, format: "raw", readonly: false, target: "hda", serial: "leaf" }],
        consoleLog: join(user.pool, `${uuid}.log`),
        ownership: {
          project: "contract",
          vm: base.definition.metadata.name,
          run,
          directory: user.pool,
          created: "now",
        },
        ...more,
      };
    },
  };
}

/** farm's own domain, and a device. */
const template = (device: string): XmlTemplate => ({
  path: "/templates/default.xml.j2",
  text: `<domain type="{{ vm.virt_domain }}">
  {% for part in ["memory", "vcpu", "os", "features", "cpu"] %}{{ farm.xml[part] | safe }}{% endfor %}
  <devices>{{ farm.xml.devices | safe }}${device}</devices>
</domain>`,
  scope: new Scope(),
});

/** Whatever happened: nothing of the test's stays. */
async function clear({ driver, user }: Bench): Promise<void> {
  for (const { uuid, ownership } of await driver.list()) {
    if (ownership.directory === user.pool) await driver.remove(uuid);
  }
  await user.remove();
}

async function opens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

describe("an ordinary user's session daemon", () => {
  let it1: Bench;
  beforeAll(async () => {
    it1 = await bench(isRoot ? ordinaryUser : ourselves);
  }, SLOW);
  afterAll(() => clear(it1), SLOW);

  it("refuses what a template makes that is no domain", async () => {
    const input = await it1.input({}, { template: template("<nonsense/>") });
    await expect(it1.driver.define(domainXml(input))).rejects.toThrow(/nonsense|schema|validat/i);
    expect(await it1.driver.state(input.uuid)).toBe("absent");
  });

  it("answers everything", async () => {
    const { state, facts } = it1.inspection;
    expect(state.domainTypes).toMatchObject({ x86_64: ["qemu"], aarch64: ["qemu"], ppc64le: ["qemu"] });
    expect(state.cpus).toBeGreaterThan(0);
    expect(state.freeMemoryMiB).toBeGreaterThan(0);
    expect(state.freeMemoryMiB).toBeLessThanOrEqual(state.memoryMiB);
    expect(facts.libvirtVersion).toMatch(/^\d+\./);
    expect(facts.qemuVersion).toMatch(/^\d+\./);
    expect(facts.connection.env?.["XDG_RUNTIME_DIR"]).toMatch(/^\//);
    expect(state.facts["ansible_env"]).toMatchObject({ HOME: facts.home });
  });

  it.each<[string, Record<string, unknown>, Partial<DomainInput>]>([
    ["x86_64 with BIOS", {}, { credentials: [{ name: "ssh.authorized_keys.root", base64: "QUJD" }] }],
    ["x86_64 with UEFI", { firmware: OVMF }, {}],
    ["x86_64 with UEFI of libvirt's choice", { firmware: "efi" }, {}],
    ["x86_64 with secure boot", { firmware: "/usr/share/OVMF/OVMF_CODE_4M.ms.fd" }, {}],
    ["x86_64 with a model", { cpu: "qemu64" }, {}],
    ["x86_64 with a kernel", { kernel: { src: "/k", initrd: "/i", params: "a=1 'b&c'" } }, {}],
    [
      "x86_64 with disks on other buses",
      {},
      {
        disks: ["sata", "scsi", "usb", undefined].map((bus, index) => ({
          path: `/d${index}`,
          format: "qcow2" as const,
          readonly: index === 3,
          target: `sd${"abcd"[index]}`,
          bus,
        })),
      },
    ],
    ["x86_64 on a network", { net: { type: "network", source: "lab", mac: "52:54:00:00:00:01" } }, {}],
    ["x86_64 on a bridge", { net: { type: "bridge", source: "br0" } }, {}],
    [
      "aarch64 with AAVMF",
      { arch: "aarch64", cpu: "cortex-a53", machine: "virt", firmware: AAVMF },
      { credentials: [{ name: "a", base64: "QQ==" }] },
    ],
    ["a template", {}, { template: template("<watchdog model='i6300esb' action='reset'/>") }],
    ["a template with UEFI", { firmware: "efi" }, { template: template("<sound model='ich9'/>") }],
    ["x86_64 on a VDE switch", { net: { type: "vde" } }, { vdeSwitch: "/pool/a,b" }],
    ["aarch64 on a VDE switch", { arch: "aarch64", net: { type: "vde" } }, { vdeSwitch: "/pool/vde" }],
    ["ppc64le on a VDE switch", { arch: "ppc64le", ram: 256, net: { type: "vde" } }, { vdeSwitch: "/v" }],
    ["x86_64 on a tap device", { net: { type: "ethernet", source: "tap7" } }, {}],
    ["aarch64 with cortex-a57", { arch: "aarch64", cpu: "cortex-a57" }, {}],
    ["aarch64 with max", { arch: "aarch64", cpu: "max" }, {}],
    ["aarch64 with UEFI of libvirt's choice", { arch: "aarch64", firmware: "efi" }, {}],
    ["aarch64 without firmware", { arch: "aarch64" }, {}],
    ["ppc64le", { arch: "ppc64le", cpu: "POWER9", machine: "pseries", default_bus: "pci.0", ram: 256 }, {}],
    ["armv7l", { arch: "armv7l" }, {}],
    ["i686", { arch: "i686" }, {}],
    ["spaces", { name: ` VM  debian_12 ${process.pid} ` }, {}],
    ["quotes and markup", { name: `-q 'a' "b" $(id); \`id\` <&> &lt; ü ${process.pid}` }, {}],
    ["a number", { name: `1${process.pid}` }, {}],
    ["the look of an option", { name: `--all${process.pid}` }, {}],
  ])(
    "takes the XML of %s",
    async (_, parts, more) => {
      const { driver } = it1;
      const input = await it1.input(parts, { nvram: join(it1.user.pool, "nvram.fd"), ...more });
      await driver.define(domainXml(input));
      const found = (await driver.list()).find(({ uuid }) => uuid === input.uuid);
      expect(found).toEqual({
        name: input.definition.metadata.name,
        uuid: input.uuid,
        active: false,
        ownership: input.ownership,
      });
      await driver.remove(input.uuid);
      expect(await driver.state(input.uuid)).toBe("absent");
    },
    SLOW,
  );

  it(
    "starts a guest of an odd name, forwards a port to it, and removes it",
    async () => {
      const { driver } = it1;
      const input = await it1.input({ name: `-q a'b "; $(id) <&> ${process.pid}` });
      await driver.define(domainXml(input));
      await driver.start(input.uuid);
      await driver.start(input.uuid);
      expect(await driver.state(input.uuid)).toBe("running");
      const port = await driver.forwardPort(input.uuid);
      expect(await opens(port)).toBe(true);
      expect(await driver.forwardPort(input.uuid)).toBe(port);
      expect(
        await driver.forwardPort(input.uuid, { guest: 80, protocol: "tcp", address: "127.0.0.1" }),
      ).not.toBe(port);
      expect((await driver.list()).find(({ uuid }) => uuid === input.uuid)?.active).toBe(true);
      expect(existsSync(input.consoleLog)).toBe(true);
      const busy = await inspectHypervisor(it1.user.shell, { uri });
      expect(busy.facts.running).toEqual([expect.objectContaining({ vcpus: 1, memoryMiB: 64 })]);
      await driver.destroy(input.uuid);
      await driver.waitUntilOff(input.uuid, 10_000);
      await driver.destroy(input.uuid);
      await driver.start(input.uuid);
      await driver.remove(input.uuid);
      await driver.remove(input.uuid);
      expect(await driver.state(input.uuid)).toBe("absent");
      expect(await opens(port)).toBe(false);
    },
    SLOW,
  );

  it.each<[string, Record<string, unknown>]>([
    ["x86_64 with UEFI", { firmware: OVMF }],
    ["aarch64 with UEFI", { arch: "aarch64", firmware: AAVMF }],
    ["ppc64le", { arch: "ppc64le", ram: 256 }],
  ])(
    "starts %s",
    async (_, parts) => {
      const input = await it1.input(parts, { nvram: join(it1.user.pool, "nvram.fd") });
      await it1.driver.define(domainXml(input));
      await it1.driver.start(input.uuid);
      expect(await it1.driver.forwardPort(input.uuid)).toBeGreaterThan(0);
      await it1.driver.remove(input.uuid);
      expect(existsSync(join(it1.user.pool, "nvram.fd"))).toBe(false);
    },
    SLOW,
  );

  it(
    "fills in what an architecture alone leaves open by what is there, and the guest's UEFI speaks",
    async () => {
      const { driver, inspection } = it1;
      const offered = inspection.state.offer?.("aarch64", "qemu");
      expect(offered).toMatchObject({ firmware: ["efi"], machine: expect.stringMatching(/^virt-/) });
      expect(inspection.state.offer?.("ppc64le", "qemu")?.cpuModels).toContain("POWER9");
      expect(inspection.state.offer?.("aarch64", "kvm")).toBeUndefined();
      const input = await it1.input(
        { arch: "aarch64", ram: 256 },
        { nvram: join(it1.user.pool, "nvram.fd") },
      );
      const definition = withMachineDefaults(input.definition, inspection.state);
      expect(definition).toMatchObject({ machine: "virt", cpu: "cortex-a57", firmware: "efi" });
      await driver.define(domainXml({ ...input, definition }));
      await driver.start(input.uuid);
      await expect
        .poll(() => readFile(input.consoleLog, "utf8"), { timeout: SLOW / 2, interval: 500 })
        .toContain("BdsDxe");
      await driver.remove(input.uuid);
    },
    SLOW,
  );

  it(
    "tells of paths that definitions name, and what an emulator of the user's own can do",
    async () => {
      const emulator = join(it1.user.pool, "my-qemu");
      await it1.user.shell.run({ argv: ["cp", "/usr/bin/qemu-system-ppc64", emulator] });
      const named = {
        emulators: [{ path: emulator, arch: "ppc64le" }],
        firmware: [OVMF, AAVMF, "/usr/share/OVMF/NONE.fd", "/no/such/directory/at/all.fd", "/root/farm/x.fd"],
      };
      const { state } = await inspectHypervisor(it1.user.shell, { uri, named });
      expect([...(state.named?.missing ?? [])]).toEqual([
        "/usr/share/OVMF/NONE.fd",
        "/no/such/directory/at/all.fd",
      ]);
      expect(state.named?.varsTemplates.get(AAVMF)).toBe("/usr/share/AAVMF/AAVMF_VARS.fd");
      expect(state.named?.varsTemplates.get(OVMF)).toBe("/usr/share/OVMF/OVMF_VARS_4M.fd");
      const offered = state.offer?.("ppc64le", "qemu", emulator);
      expect(offered).toMatchObject({ emulator, cpuModels: expect.arrayContaining(["POWER9"]) });
      expect(state.offer?.("ppc64le", "qemu")?.emulator).toBe("/usr/bin/qemu-system-ppc64le");
      expect(state.offer?.("x86_64", "qemu", emulator)).toBeUndefined();
    },
    SLOW,
  );

  it("touches nothing that farm did not make, even when a name of ours is its UUID", async () => {
    const { driver, user } = it1;
    const uuid = randomUUID();
    const yours = domainXml(await it1.input({ name: `yours-${uuid}` }, { uuid })).replace(
      /<metadata>[\s\S]*<\/metadata>/,
      "",
    );
    await driver.define(yours);
    const ours = await it1.input({ name: uuid });
    await driver.define(domainXml(ours));
    await expect(driver.remove(uuid)).rejects.toThrow(/not ours/);
    expect((await driver.list()).map((one) => one.uuid)).toContain(ours.uuid);
    await driver.remove(ours.uuid);
    expect(await driver.state(uuid)).toBe("shut off");
    expect((await driver.listAll()).map(({ name }) => name)).toContain(`yours-${uuid}`);
    const { connection } = it1.inspection.facts;
    await user.shell.run({ argv: ["virsh", "-q", "-c", uri, "undefine", uuid], env: connection.env ?? {} });
  });

  it(
    "says in virsh's words what cannot be, at once",
    async () => {
      const { driver } = it1;
      const first = await it1.input();
      await driver.define(domainXml(first));
      const sameName = await it1.input({ name: first.definition.metadata.name });
      await expect(driver.define(domainXml(sameName))).rejects.toMatchObject({
        message: expect.stringContaining("already exists with uuid"),
        kind: "permanent",
      });
      const badCpu = await it1.input({ cpu: "nonsense" });
      await driver.define(domainXml(badCpu));
      await expect(driver.start(badCpu.uuid)).rejects.toMatchObject({
        message: expect.stringContaining("nonsense"),
        kind: "permanent",
        hint: expect.stringContaining("cpu-models"),
      });
      await expect(driver.define(domainXml(await it1.input({ machine: "nonsense" })))).rejects.toMatchObject({
        kind: "permanent",
      });
      await driver.remove(first.uuid);
      await driver.remove(badCpu.uuid);
    },
    SLOW,
  );

  it("says that there is no libvirt at an address", async () => {
    await expect(
      inspectHypervisor(it1.user.shell, { uri: "qemu+unix:///session?socket=/no/socket" }),
    ).rejects.toMatchObject({
      message: expect.stringContaining("/no/socket"),
      hint: expect.any(String),
    });
  });

  it(
    "runs the boot sector by emulation, and comes to a verdict on kvm",
    async () => {
      const emulator = it1.inspection.state.emulators["x86_64"] ?? "";
      const { stdout, stderr } = await it1.user.shell.run({
        ...sectorCommand(emulator, undefined),
        timeoutMs: 60_000,
      });
      expect(stdout).toMatch(/^tcg 33 /m);
      expect(sectorVerdict(stdout, stderr).reason).not.toBe("");
    },
    SLOW,
  );
});

describe.runIf(isRoot)("root, with or without a daemon", () => {
  let root: Bench;
  beforeAll(async () => {
    root = await bench(ourselves);
  }, SLOW);
  afterAll(() => clear(root), SLOW);

  it(
    "has a daemon, and a guest in it",
    async () => {
      const { driver } = root;
      const input = await root.input(
        { arch: "aarch64", firmware: AAVMF },
        { nvram: join(root.user.pool, "nvram.fd") },
      );
      await driver.define(domainXml(input));
      await driver.start(input.uuid);
      expect(await opens(await driver.forwardPort(input.uuid))).toBe(true);
      expect(root.inspection.facts.connection).toEqual({ uri });
      await driver.remove(input.uuid);
      expect(await driver.state(input.uuid)).toBe("absent");
    },
    SLOW,
  );
});
