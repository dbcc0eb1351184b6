import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConnectionLostError, DeadlineError } from "../../../../src/errors.js";
import { inspectHypervisor, unreachableState } from "../../../../src/libvirt/inspect/inspect.js";
import type { Command, CommandResult } from "../../../../src/transport/shell.js";
import { type ScriptedStep, scriptedShell } from "../../../fakes/scripted-shell.js";

const capabilities = (name: string) =>
  readFileSync(new URL(`../../../fixtures/libvirt/capabilities-${name}.xml`, import.meta.url), "utf8");

const BOOT = "4ae9bf58-0482-40e0-8d87-f5d3056b8f94";
const SECTIONS: Readonly<Record<string, string>> = {
  environment: "HOME=/home/ci\nUSER=\nPATH=/bin\nXDG_RUNTIME_DIR=",
  facts: `machine=x86_64\nkernel=6.1.0\nnode=nb.lan\nuid=1000\nuser=ci\ncpus=8\nbootId=${BOOT}\nruntimeDir=/run/user/1000\nkvmDevice=open`,
  meminfo: "MemTotal:       16384000 kB\nMemFree:         1024000 kB\nMemAvailable:    8192000 kB",
  "os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm',
  "kvm-answers": "",
  capabilities: capabilities("user"),
  exit: "0",
  version: "Using library: libvirt 9.0.0\nRunning hypervisor: QEMU 7.2.22",
  domains:
    "Domain: 'a'\n  balloon.maximum=2097152\n  balloon.rss=524288\n  vcpu.current=2\n\nDomain: 'b = c'\n  balloon.maximum=1048576\n  vcpu.current=1\n",
  end: "",
};

/** The script's answer, framed by the mark that it was given. */
const answer =
  (changes: Readonly<Record<string, string | undefined>> = {}) =>
  ({ argv }: Command): Partial<CommandResult> => {
    const sections = Object.entries({ ...SECTIONS, ...changes }).filter(([, text]) => text !== undefined);
    return { stdout: sections.map(([name, text]) => `\n${argv.at(-1)} ${name}\n${text}\n`).join("") };
  };

const ASK: RegExp = /^sh -c uri=\$1 mark=\$2/;
const TRY: RegExp = /qemu-system-x86_64$/;
const KEEP: RegExp = /mkdir -p "\$HOME\/\.cache\/farm"/;
const uri = "qemu:///session";
const WITH_KVM = {
  capabilities: `libvirt: warning\n${capabilities("root").replace(/<secmodel>[\s\S]*<\/secmodel>/, "")}`,
};
const ANSWER_FILE = `kvm-probe-${BOOT}-7.2.22-1000`;

async function inspect(steps: ScriptedStep[], request: Record<string, unknown> = {}) {
  const shell = scriptedShell(steps, { name: "nb" });
  const inspection = await inspectHypervisor(shell, { uri, ...request });
  shell.done();
  return { ...inspection, commands: shell.commands };
}

describe("inspectHypervisor", () => {
  it("asks everything in one read-only round trip", async () => {
    const { state, facts, warnings, commands } = await inspect([[ASK, answer()]], { maxVms: 3 });
    expect(commands.map(({ readOnly }) => readOnly)).toEqual([true]);
    expect(state).toMatchObject({ name: "nb", reachable: true, cpus: 8, memoryMiB: 16_000, maxVms: 3 });
    expect(state.domainTypes).toEqual({
      armv7l: ["qemu"],
      aarch64: ["qemu"],
      i686: ["qemu"],
      ppc64le: ["qemu"],
      x86_64: ["qemu"],
    });
    expect(state.emulators["ppc64le"]).toBe("/usr/bin/qemu-system-ppc64le");
    expect(state.kvmRefused).toBeUndefined();
    // 8000 MiB available; `a` may take 1536 more, `b` 1024.
    expect(state.freeMemoryMiB).toBe(5440);
    expect(facts.connection).toEqual({ uri, env: { XDG_RUNTIME_DIR: "/run/user/1000" } });
    expect(facts).toMatchObject({
      uid: 1000,
      home: "/home/ci",
      bootId: BOOT,
      libvirtVersion: "9.0.0",
      qemuVersion: "7.2.22",
    });
    expect(warnings).toEqual([]);
  });

  it("names facts as Ansible does", async () => {
    const { state } = await inspect([[ASK, answer()]]);
    expect(state.facts).toMatchObject({
      ansible_architecture: "x86_64",
      ansible_hostname: "nb",
      ansible_env: { HOME: "/home/ci", USER: "ci", PATH: "/bin" },
      ansible_user_id: "ci",
      ansible_user_uid: 1000,
      ansible_processor_vcpus: 8,
      ansible_memtotal_mb: 16_000,
      ansible_distribution: "Debian",
      ansible_distribution_major_version: "12",
    });
  });

  it.each([
    ["qemu:///system", "1000"],
    ["qemu:///session", "0"],
  ])("pins no runtime directory for %s as uid %s", async (otherUri, uid) => {
    const changes = { facts: `${SECTIONS["facts"]}\nuid=${uid}` };
    const { facts } = await inspect([[ASK, answer(changes)]], { uri: otherUri });
    expect(facts.connection).toEqual({ uri: otherUri });
  });

  it("says what virsh said when libvirt does not answer", async () => {
    const said =
      "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/x': Connection refused";
    await expect(inspect([[ASK, answer({ capabilities: said, exit: "1" })]])).rejects.toMatchObject({
      message: `cannot ask libvirt at ${uri} on 'nb': failed to connect to the hypervisor: Failed to connect socket to '/x': Connection refused`,
      hint: expect.stringContaining("daemon running"),
      exitCode: 3,
    });
    await expect(
      inspect([[ASK, answer({ capabilities: "sh: 1: virsh: not found", exit: "127" })]]),
    ).rejects.toMatchObject({ hint: expect.stringContaining("install") });
  });

  it("refuses what is not capabilities, and a machine that is no hypervisor", async () => {
    await expect(inspect([[ASK, answer({ capabilities: "hello" })]])).rejects.toThrow(
      /named no capabilities/,
    );
    await expect(inspect([[ASK, { code: 1, stderr: "This account is not available." }]])).rejects.toThrow(
      /This account is not available/,
    );
  });

  it("lets errors of the connection pass", async () => {
    await expect(inspect([[ASK, new ConnectionLostError("gone")]])).rejects.toThrow(ConnectionLostError);
    expect(unreachableState("nb", new ConnectionLostError("gone"))).toMatchObject({
      reachable: false,
      error: "gone",
    });
  });

  it("says that it was libvirt that did not answer, and how to see why", async () => {
    const asked = inspect([[ASK, new DeadlineError("'sh' on 'nb' did not end within 90 s")]]);
    await expect(asked).rejects.toMatchObject({
      message: "libvirt on 'nb' did not answer within 90 s",
      hint: expect.stringContaining("virsh -c qemu:///session domstats"),
    });
  });

  it("believes kvm once a guest ran under it, and remembers that", async () => {
    const { state, commands } = await inspect([
      [ASK, answer(WITH_KVM)],
      [TRY, "tcg 33 100.00 100.10\nkvm 33 100.10 100.25\n"],
      [KEEP, ""],
    ]);
    expect(state.domainTypes["x86_64"]).toEqual(["qemu", "kvm"]);
    expect(commands.at(-1)?.argv.slice(-3)).toEqual([
      ANSWER_FILE,
      `kvm-probe-${BOOT}-`,
      "works a guest of 512 bytes took 0.15 s under kvm",
    ]);
  });

  it.each([
    ["works", ["qemu", "kvm"], undefined],
    ["refused it hangs", ["qemu"], "it hangs"],
  ])("takes the remembered answer '%s' without a further round trip", async (content, types, refused) => {
    const changes = {
      ...WITH_KVM,
      "kvm-answers": `kvm-probe-old-7.2.22-1000 works\n${ANSWER_FILE} ${content}`,
    };
    const { state } = await inspect([[ASK, answer(changes)]]);
    expect(state.domainTypes["x86_64"]).toEqual(types);
    expect(state.kvmRefused).toBe(refused);
  });

  it.each([
    `kvm-probe-${BOOT}-7.2.21-1000 works`,
    `kvm-probe-${BOOT}-7.2.22-0 works`,
    `${ANSWER_FILE} nonsense`,
  ])("asks again after '%s'", async (answers) => {
    const { state } = await inspect([
      [ASK, answer({ ...WITH_KVM, "kvm-answers": answers })],
      [TRY, { stdout: "tcg 33 1.00 1.10\nkvm 134 1.10 1.20\n", stderr: "error: failed to set MSR\n" }],
      [KEEP, ""],
    ]);
    expect(state.kvmRefused).toBe("QEMU ended with exit status 134 under kvm: error: failed to set MSR");
  });

  it("trusts kvm unasked with kvm_probe: false", async () => {
    const { state } = await inspect([[ASK, answer(WITH_KVM)]], { kvmProbe: false });
    expect(state.domainTypes["x86_64"]).toContain("kvm");
  });

  it("tells root of a device that makes libvirt slow, and does not remember that", async () => {
    const facts = `${SECTIONS["facts"]}\nuid=0`;
    const { warnings } = await inspect([
      [ASK, answer({ capabilities: capabilities("root"), facts })],
      [
        TRY,
        {
          stdout: "tcg 33 1.00 1.10\nkvm 1 1.10 1.20\n",
          stderr: "Could not access KVM: Permission denied\n",
        },
      ],
    ]);
    expect(warnings).toEqual([expect.stringContaining("chgrp kvm /dev/kvm")]);
  });
});
