import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  DomainType,
  HypervisorState,
  Requirements,
  VmRequest,
  Warmth,
} from "../../../src/dispatch/model.js";
import { place } from "../../../src/dispatch/place.js";
import { ConfigError } from "../../../src/errors.js";

const host = (name: string, parts: Partial<HypervisorState> = {}): HypervisorState => ({
  name,
  reachable: true,
  domainTypes: { x86_64: ["qemu"], aarch64: ["qemu"] },
  emulators: {},
  cpus: 8,
  memoryMiB: 16_000,
  freeMemoryMiB: 16_000,
  facts: {},
  ...parts,
});

const vm = (name: string, parts: Partial<Requirements> = {}): VmRequest => ({
  name,
  requirements: () => ({ arch: "x86_64", vcpus: 2, ramMiB: 1024, ...parts }),
});

const count = (names: readonly (string | null)[], name: string) => names.filter((one) => one === name).length;

describe("place", () => {
  it("takes kvm before qemu, and says why the others were passed over", () => {
    const hosts = [
      host("slow", { kvmRefused: "a guest took 26 s" }),
      host("fast", { domainTypes: { x86_64: ["qemu", "kvm"] } }),
      host("down", { reachable: false, error: "connection refused" }),
      host("arm", { domainTypes: { aarch64: ["qemu", "kvm"] } }),
      host("small", { memoryMiB: 1000, domainTypes: { x86_64: ["kvm"] } }),
    ];
    expect(place([vm("a")], hosts)).toEqual([
      {
        vm: "a",
        hypervisor: "fast",
        domainType: "kvm",
        reason: "the only one that offers it for x86_64",
        rejected: [
          { hypervisor: "slow", reason: "only qemu: kvm refused: a guest took 26 s" },
          { hypervisor: "down", reason: "connection refused" },
          { hypervisor: "arm", reason: "no x86_64 guests; it has aarch64" },
          { hypervisor: "small", reason: "1024 MiB asked, 1000 MiB in all" },
        ],
      },
    ]);
  });

  it("honours a forced type", () => {
    const both = host("both", { domainTypes: { x86_64: ["qemu", "kvm"] } });
    const [forced, impossible] = place(
      [vm("a", { domainType: "qemu" }), vm("b", { arch: "aarch64", domainType: "kvm" })],
      [both, host("none", { kvmRefused: "hangs", facts: { ansible_architecture: "x86_64" } })],
    );
    expect(forced).toMatchObject({ hypervisor: "both", domainType: "qemu" });
    expect(impossible).toMatchObject({ hypervisor: null, domainType: null });
    expect(impossible?.rejected[1]).toEqual({ hypervisor: "none", reason: "no kvm for aarch64" });
  });

  it("shares among equals across architectures", () => {
    const requests = ["a", "b", "c", "d"].map((name, index) =>
      vm(name, { arch: index % 2 ? "x86_64" : "aarch64" }),
    );
    const names = place(requests, [host("one"), host("two")]).map(({ hypervisor }) => hypervisor);
    expect(names).toEqual(["one", "two", "one", "two"]);
  });

  it("gives a host of twice the size twice as much", () => {
    const requests = Array.from({ length: 30 }, (_, index) => vm(`${index}`));
    const names = place(requests, [host("one"), host("two", { cpus: 16, memoryMiB: 32_000 })]).map(
      ({ hypervisor }) => hypervisor,
    );
    expect([count(names, "one"), count(names, "two")]).toEqual([10, 20]);
  });

  it("counts memory as well as vCPUs, and says what was given", () => {
    const [, second, third] = place(
      [vm("a", { ramMiB: 9000 }), vm("b"), vm("c")],
      [host("one"), host("two")],
    );
    expect(second).toMatchObject({
      hypervisor: "two",
      reason: expect.stringMatching(/least loaded of 2: 0 of 8 vCPUs/),
    });
    expect(third).toMatchObject({ hypervisor: "two" });
    expect(third?.rejected).toEqual([
      { hypervisor: "one", reason: "more loaded: 2 of 8 vCPUs and 9000 of 16000 MiB given" },
    ]);
  });

  it("asks for each hypervisor anew, and reports a definition that cannot be evaluated there", () => {
    const request: VmRequest = {
      name: "a",
      requirements: ({ name }) => {
        if (name === "one") throw new ConfigError("undefined variable 'x'");
        return { arch: "x86_64", vcpus: 1, ramMiB: 1 };
      },
    };
    const [placement] = place([request], [host("one"), host("two")]);
    expect(placement).toMatchObject({
      hypervisor: "two",
      rejected: [{ hypervisor: "one", reason: "undefined variable 'x'" }],
    });
    const defect: VmRequest = {
      name: "b",
      requirements: () => {
        throw new TypeError("defect");
      },
    };
    expect(() => place([defect], [host("one")])).toThrow(TypeError);
  });

  it.each([
    ["amd64", "no hypervisor can run it: no amd64 guests: libvirt's name for it is x86_64"],
    ["constructor", "no hypervisor can run it: no constructor guests; it has aarch64, x86_64"],
  ])("has no place for %s", (arch, reason) => {
    expect(place([vm("a", { arch })], [host("one"), host("two")])[0]).toMatchObject({
      hypervisor: null,
      reason,
    });
  });

  it("has no place without hypervisors", () => {
    expect(place([vm("a")], [])).toEqual([
      { vm: "a", hypervisor: null, domainType: null, reason: "there is no hypervisor", rejected: [] },
    ]);
  });
});

const types = fc.constantFrom<readonly DomainType[]>([], ["qemu"], ["kvm"], ["qemu", "kvm"]);
const hosts = fc.array(
  fc.record({
    reachable: fc.boolean(),
    cpus: fc.integer({ min: 1, max: 64 }),
    memoryMiB: fc.integer({ min: 100, max: 64_000 }),
    domainTypes: fc.record({ x86_64: types, aarch64: types }),
  }),
  { maxLength: 8 },
);
const wanted = fc.record({
  arch: fc.constantFrom("x86_64", "aarch64"),
  vcpus: fc.integer({ min: 1, max: 8 }),
  ramMiB: fc.integer({ min: 1, max: 32_000 }),
});
const plan = fc.tuple(fc.array(wanted, { maxLength: 40 }), hosts).map(([wants, parts]) => ({
  wants,
  requests: wants.map((want, index) => vm(`vm${index}`, want)),
  hypervisors: parts.map((part, index) => host(`h${index}`, part)),
}));

describe("place, whatever is asked", () => {
  it("plans the same for the same input", () => {
    fc.assert(
      fc.property(plan, ({ requests, hypervisors }) => {
        expect(place(requests, hypervisors)).toEqual(place(requests, hypervisors));
      }),
    );
  });

  it("never uses a host that it rejected or that cannot run the VM, and names every host once", () => {
    fc.assert(
      fc.property(plan, ({ wants, requests, hypervisors }) => {
        place(requests, hypervisors).forEach((placement, index) => {
          const chosen = hypervisors.find(({ name }) => name === placement.hypervisor);
          const names = placement.rejected.map(({ hypervisor }) => hypervisor);
          expect([...names, ...(chosen ? [chosen.name] : [])].sort()).toEqual(
            hypervisors.map(({ name }) => name).sort(),
          );
          const want = wants[index];
          if (!chosen || !want || !placement.domainType) return;
          expect(chosen.reachable).toBe(true);
          expect(chosen.domainTypes[want.arch]).toContain(placement.domainType);
          expect(chosen.memoryMiB).toBeGreaterThanOrEqual(want.ramMiB);
        });
      }),
    );
  });

  it("emulates only where no host could use kvm", () => {
    fc.assert(
      fc.property(plan, ({ wants, requests, hypervisors }) => {
        place(requests, hypervisors).forEach(({ domainType }, index) => {
          const { arch, ramMiB } = wants[index] ?? { arch: "", ramMiB: 0 };
          const able = hypervisors.filter((one) => one.reachable && one.memoryMiB >= ramMiB);
          const kvm = able.some((one) => one.domainTypes[arch]?.includes("kvm"));
          const any = able.some((one) => (one.domainTypes[arch] ?? []).length > 0);
          expect(domainType).toBe(kvm ? "kvm" : any ? "qemu" : null);
        });
      }),
    );
  });

  it("gives equal hosts equal shares of equal VMs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 60 }), (hostCount, vmCount) => {
        const names = Array.from({ length: hostCount }, (_, index) => `h${index}`);
        const requests = Array.from({ length: vmCount }, (_, index) =>
          vm(`${index}`, { arch: index % 3 ? "x86_64" : "aarch64" }),
        );
        const placed = place(
          requests,
          names.map((name) => host(name)),
        ).map(({ hypervisor }) => hypervisor);
        const shares = names.map((name) => count(placed, name));
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("plans 10,000 VMs on 100 hypervisors in a few seconds", () => {
    const requests = Array.from({ length: 10_000 }, (_, index) => vm(`vm${index}`));
    const placed = place(
      requests,
      Array.from({ length: 100 }, (_, index) => host(`h${index}`)),
    );
    expect(
      count(
        placed.map(({ hypervisor }) => hypervisor),
        "h99",
      ),
    ).toBe(100);
  }, 10_000);
});

describe("place, with restore points", () => {
  const warm = (name: string, where: Record<string, Warmth>): VmRequest => ({
    ...vm(name),
    warm: (hypervisor) => where[hypervisor],
  });

  it("prefers who has the most to restore, and says so", () => {
    const [placement] = place(
      [warm("a", { second: "clean", third: "init" })],
      [host("first"), host("second"), host("third")],
    );
    expect(placement).toMatchObject({
      hypervisor: "third",
      reason: "its 'init' is there",
      rejected: [
        { hypervisor: "first", reason: "no restore point of it is there" },
        { hypervisor: "second", reason: "only its 'clean' is there" },
      ],
    });
  });

  it("does not make a VM wait for it", () => {
    const small = host("small", { cpus: 2 });
    const where = { small: "init" } as const;
    const placements = place([warm("a", where), warm("b", where)], [small, host("large")]);
    expect(placements.map(({ hypervisor }) => hypervisor)).toEqual(["small", "large"]);
  });

  it("kvm is worth more", () => {
    const fast = host("fast", { domainTypes: { x86_64: ["kvm"] } });
    const [placement] = place([warm("a", { slow: "init" })], [host("slow"), fast]);
    expect(placement?.hypervisor).toBe("fast");
  });
});

it("passes over a host that lacks what a definition names of its machine, by the type it would get", () => {
  const lacks = ({ machine }: Requirements, type: DomainType) =>
    machine === "q36" ? `no q36 by ${type}` : undefined;
  const hosts = [host("one", { lacks }), host("two")];
  expect(place([vm("a", { machine: "q36" }), vm("b", { machine: "q35" })], hosts)).toMatchObject([
    { hypervisor: "two", rejected: [{ hypervisor: "one", reason: "no q36 by qemu" }] },
    { hypervisor: "one" },
  ]);
});
