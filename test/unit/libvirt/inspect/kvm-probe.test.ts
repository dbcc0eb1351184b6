import { describe, expect, it } from "vitest";
import { DeadlineError } from "../../../../src/errors.js";
import type { HypervisorFacts } from "../../../../src/libvirt/inspect/hypervisor-facts.js";
import {
  probeKvm,
  sectorCommand,
  sectorVerdict,
  startCommand,
} from "../../../../src/libvirt/inspect/kvm-probe.js";
import { bootSector, PROBE_EXIT } from "../../../../src/libvirt/inspect/kvm-sector.js";
import { type ScriptedStep, scriptedShell } from "../../../fakes/scripted-shell.js";

const facts = (arch: string, more: Partial<HypervisorFacts> = {}): HypervisorFacts => ({
  uid: 1000,
  user: "ci",
  home: "/home/ci",
  connection: { uri: "qemu:///session" },
  bootId: "b",
  libvirtVersion: "9.0.0",
  qemuVersion: "7.2.22",
  passt: false,
  kvmDevice: "open",
  kvmAnswers: new Map(),
  cpus: 1,
  memoryMiB: 1,
  availableMiB: 1,
  running: [],
  capabilities: {
    hostArch: arch,
    guests: [{ arch, emulator: "/usr/bin/qemu", domainTypes: ["qemu", "kvm"], machines: [] }],
    qemuOwner: undefined,
  },
  ...more,
});

async function probe(steps: ScriptedStep[], of: HypervisorFacts) {
  const warnings: string[] = [];
  const shell = scriptedShell(steps);
  const verdict = await probeKvm(shell, of, { warn: (message) => warnings.push(message) });
  shell.done();
  return { verdict, warnings, commands: shell.commands };
}

const ANY = /./;

describe("bootSector", () => {
  it("is one sector that a BIOS starts", () => {
    const sector = bootSector();
    expect(sector).toHaveLength(512);
    expect([...sector.slice(510)]).toEqual([0x55, 0xaa]);
    expect(PROBE_EXIT).toBe(((sector[4] ?? 0) << 1) | 1);
  });
});

describe("sectorVerdict", () => {
  it.each([
    ["as quick as emulation", "tcg 33 1.00 1.10\nkvm 33 1.10 1.30", true],
    ["slow, as everything is there", "tcg 33 1.00 2.00\nkvm 33 2.00 6.00", true],
    ["30 times slower than emulation", "tcg 33 1.00 1.10\nkvm 33 1.10 4.00", false],
    ["quick, and no emulation to compare with", "tcg 1 1.00 1.01\nkvm 33 1.01 1.90", true],
    ["slow, and no emulation to compare with", "tcg 1 1.00 1.01\nkvm 33 1.01 4.00", false],
    ["another end", "tcg 33 1.00 1.10\nkvm 0 1.10 1.20", false],
  ])("%s", (_, stdout, works) => {
    expect(sectorVerdict(`${stdout}\n`, "").works).toBe(works);
  });

  it("does not guess when there was no attempt", () => {
    expect(() => sectorVerdict("", "mktemp: No space left on device\n")).toThrow(/No space left/);
  });
});

describe("probeKvm", () => {
  it("takes a guest that does not end for a lie, and remembers it", async () => {
    const { verdict, commands } = await probe(
      [
        [ANY, new DeadlineError("late")],
        [ANY, ""],
      ],
      facts("x86_64"),
    );
    expect(verdict).toEqual({ works: false, reason: "a guest of 512 bytes did not end within 6 s" });
    expect(commands[0]?.timeoutMs).toBe(6000);
    expect(commands[1]?.argv.at(-1)).toMatch(/^refused a guest/);
  });

  it("warns when the answer cannot be kept", async () => {
    const { verdict, warnings } = await probe(
      [
        [ANY, "kvm 33 1.00 1.10\n"],
        [ANY, { code: 1, stderr: "mkdir: Read-only file system\n" }],
      ],
      facts("x86_64"),
    );
    expect(verdict.works).toBe(true);
    expect(warnings).toEqual([expect.stringContaining("Read-only file system")]);
  });

  it("keeps no answer that nothing is known to depend on", async () => {
    const { commands } = await probe([[ANY, "kvm 33 1.00 1.10\n"]], facts("x86_64", { bootId: undefined }));
    expect(commands).toHaveLength(1);
  });

  it("only starts QEMU on other architectures, and says so", async () => {
    const { verdict, commands } = await probe(
      [
        [ANY, ""],
        [ANY, ""],
      ],
      facts("aarch64"),
    );
    expect(commands[0]).toEqual(startCommand("/usr/bin/qemu", undefined));
    expect(verdict).toEqual({
      works: true,
      reason: "QEMU starts with kvm; farm has no guest to try on aarch64",
    });
  });

  it("tries as QEMU's own user when farm is root", async () => {
    const of = facts("x86_64", { uid: 0 });
    const qemuOwner = { uid: 64055, gid: 107 };
    const { commands } = await probe(
      [
        [ANY, "kvm 33 1.00 1.10\n"],
        [ANY, ""],
      ],
      { ...of, capabilities: { ...of.capabilities, qemuOwner } },
    );
    expect(commands[0]).toEqual(sectorCommand("/usr/bin/qemu", qemuOwner));
    expect(commands[0]?.argv[2]).toContain("setpriv --reuid=64055 --regid=107 --init-groups");
  });
});
