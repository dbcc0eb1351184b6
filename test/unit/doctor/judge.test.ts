import { describe, expect, test } from "vitest";
import type { System } from "../../../src/doctor/examine-script.js";
import {
  judgeArchitectures,
  judgeFirmware,
  judgeKvm,
  judgeNetwork,
  judgeNoDaemon,
  type Libvirt,
} from "../../../src/doctor/judge-libvirt.js";
import { judgeMemory, judgePool } from "../../../src/doctor/judge-places.js";
import { judgeClock, judgeGroups, judgeLinger, judgeSecurity } from "../../../src/doctor/judge-system.js";
import type { Places } from "../../../src/doctor/places-script.js";
import type { Wants } from "../../../src/doctor/wants.js";

const system = (changes: Partial<System> = {}): System => ({
  kernel: "Linux",
  uid: 1000,
  user: "me",
  groups: ["me"],
  now: 1_000,
  systemd: true,
  linger: false,
  apparmor: false,
  selinux: false,
  mayInstall: false,
  distributions: ["debian"],
  programs: new Set(),
  ...changes,
});
const SESSION = "qemu:///session";
const SYSTEM = "qemu:///system";

test.each([
  ["on", system({ linger: true }), SESSION, "ok"],
  ["off", system(), SESSION, "warning"],
  ["without systemd", system({ systemd: false }), SESSION, "ok"],
  ["root", system({ uid: 0 }), SESSION, undefined],
  ["the system's daemon", system(), SYSTEM, undefined],
])("linger: %s", (_what, machine, uri, status) => {
  expect(judgeLinger(machine, uri)?.status).toBe(status);
});

test.each([
  [system(), SYSTEM, "warning"],
  [system({ groups: ["libvirt"] }), SYSTEM, "ok"],
  [system({ uid: 0 }), SYSTEM, undefined],
  [system(), SESSION, undefined],
])("groups %#", (machine, uri, status) => {
  expect(judgeGroups(machine, uri)?.status).toBe(status);
});

test.each([
  [1_000, "as this machine's"],
  [1_005, "as this machine's"],
  [1_090, "1 min 30 s ahead of"],
  [940, "1 min 00 s behind"],
  [Number.NaN, "does not tell"],
])("a clock at %s", (now, found) => {
  expect(judgeClock(system({ now }), 1_000_000).found).toContain(found);
});

test("what keeps the system's daemon from files", () => {
  const pool = "/data/vms";
  expect(judgeSecurity(system({ apparmor: true }), SYSTEM, pool).status).toBe("warning");
  expect(judgeSecurity(system({ selinux: true }), SYSTEM, pool).mend).toContain("semanage fcontext");
  expect(judgeSecurity(system({ apparmor: true }), SYSTEM, "/var/lib/libvirt/images").status).toBe("ok");
  expect(judgeSecurity(system({ apparmor: true }), SESSION, pool).status).toBe("ok");
});

describe("libvirt", () => {
  const libvirt = (domainTypes: Record<string, ("kvm" | "qemu")[]>, more: object = {}) =>
    ({ state: { domainTypes, ...more }, facts: { kvmDevice: "open" } }) as unknown as Libvirt;
  const wants = (architectures: Record<string, string[]>, more: Partial<Wants> = {}): Wants => ({
    architectures: new Map(Object.entries(architectures)),
    files: [],
    efi: [],
    pools: [],
    ramMiB: 0,
    ...more,
  });

  test("an architecture is missed more where nobody has it", () => {
    const [, here] = judgeArchitectures(
      libvirt({ x86_64: ["qemu"] }),
      system(),
      wants({ aarch64: ["a", "b", "c", "d"], x86_64: ["e"] }),
      new Set(["aarch64"]),
    );
    expect(here).toMatchObject({ check: "aarch64", status: "warning", packages: ["qemu-system-arm"] });
    expect(here?.found).toContain("a, b, c and 1 more want");
    const [, nowhere] = judgeArchitectures(
      libvirt({ x86_64: ["qemu"] }),
      system(),
      wants({ aarch64: ["a"] }),
      new Set(),
    );
    expect(nowhere?.status).toBe("failed");
    expect(judgeArchitectures(libvirt({}), system(), wants({}), new Set())[0]?.status).toBe("failed");
  });

  test.each([
    ["works", libvirt({ x86_64: ["kvm", "qemu"] }), "ok", /works for x86_64/],
    ["refused", libvirt({ x86_64: ["qemu"] }, { kvmRefused: "it hung" }), "warning", /^it hung: guests/],
    [
      "closed",
      { ...libvirt({ x86_64: ["qemu"] }), facts: { kvmDevice: "closed" } } as Libvirt,
      "warning",
      /closed to me/,
    ],
    [
      "absent",
      { ...libvirt({ x86_64: ["qemu"] }), facts: { kvmDevice: "absent" } } as Libvirt,
      "warning",
      /no \/dev\/kvm/,
    ],
  ] as const)("KVM that %s", (_what, found, status, words) => {
    expect(judgeKvm(found, system())).toMatchObject({ status, found: expect.stringMatching(words) });
  });

  const places = (changes: Partial<Places> = {}): Places => ({
    pool: { path: "/p", exists: "/p", writable: true, freeBytes: 20 * 2 ** 30 },
    readable: new Set(),
    efi: new Set(),
    userNetwork: true,
    ...changes,
  });

  test("firmware by path and by libvirt's choice", () => {
    const asked = wants({}, { files: ["/usr/share/AAVMF/AAVMF_CODE.fd"], efi: ["x86_64"] });
    expect(judgeFirmware(wants({}), places(), system())).toBeUndefined();
    expect(judgeFirmware(asked, places(), system())).toMatchObject({
      status: "failed",
      packages: ["qemu-efi-aarch64", "ovmf"],
    });
    const has = places({ readable: new Set(asked.files), efi: new Set(["x86_64"]) });
    expect(judgeFirmware(asked, has, system())?.status).toBe("ok");
  });

  test("a network for guests", () => {
    const judged = (userNetwork: boolean, reason?: string) =>
      judgeNetwork(
        libvirt({}, { passt: { usable: reason === undefined, reason } }),
        places({ userNetwork }),
        system(),
      );
    expect(judged(true, "it is old")).toMatchObject({ status: "ok", found: "QEMU's own user network" });
    expect(judged(false)).toMatchObject({ status: "ok", found: "passt for user networks" });
    expect(judged(false, "it is old")).toMatchObject({
      status: "failed",
      found: expect.stringContaining("it is old"),
      mend: expect.stringContaining("network or bridge"),
    });
    expect(judged(false, "the program passt is not installed")).toMatchObject({ packages: ["passt"] });
  });

  test("the pool directory and its room", () => {
    const statuses = (pool: Partial<Places["pool"]>) =>
      judgePool(places({ pool: { ...places().pool, ...pool } }), "me").map(({ status }) => status);
    expect(statuses({})).toEqual(["ok", "ok"]);
    expect(statuses({ writable: false, freeBytes: 2 ** 20 })).toEqual(["failed", "failed"]);
    expect(statuses({ freeBytes: 5 * 2 ** 30 })).toEqual(["ok", "warning"]);
    expect(statuses({ freeBytes: undefined })).toEqual(["ok", "warning"]);
  });

  test.each([
    [512, "ok"],
    [3_000, "warning"],
    [9_000, "failed"],
  ])("memory for %s MiB", (ram, status) => {
    const facts = { memoryMiB: 4_096, availableMiB: 2_048 } as Libvirt["facts"];
    expect(judgeMemory(facts, ram).status).toBe(status);
  });

  test("a daemon that is not installed, and one that says no", () => {
    expect(judgeNoDaemon(system(), "failed to connect to the hypervisor", undefined)).toMatchObject({
      status: "failed",
      packages: ["libvirt-daemon-system", "libvirt-daemon-driver-qemu"],
    });
    const denied = judgeNoDaemon(system(), "access denied", "add the user to the group 'libvirt' there");
    expect(denied.packages).toBeUndefined();
    expect(denied.mend).toContain("libvirt");
  });
});
