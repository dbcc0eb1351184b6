import pc from "picocolors";
import { beforeAll, expect, test } from "vitest";
import type { FarmPlan } from "../../../../src/commands/plan/plan-document.js";
import { planText } from "../../../../src/commands/plan/plan-text.js";
import { loadRuler, type Ruler } from "../../../../src/report/ruler.js";

let ruler: Ruler;
beforeAll(async () => {
  ruler = await loadRuler();
});
const NOW = Date.parse("2026-01-02T05:00:00Z");
const text = (plan: FarmPlan, explain = false, color = false) =>
  planText(plan, { ruler, colors: pc.createColors(color), now: NOW, explain });

const VM = {
  ...{
    platform: "debian_12",
    target: "amd64",
    arch: "x86_64",
    phases: [],
    definition: null,
    rejected: [],
    images: [],
  },
};
const PLAN: FarmPlan = {
  vms: [
    {
      ...{ ...VM, name: "warm", hypervisor: "hv1", domainType: "kvm", reason: "the only one" },
      points: [
        { kind: "clean", action: "none" },
        { kind: "init", action: "restore", created: "2026-01-02T03:00:00Z" },
      ],
      steps: ["restore init: 'init'", "dependencies: skipped, 'init' holds it", "main: phases/main.yaml"],
    },
    {
      ...{ ...VM, name: "漢字_cold", hypervisor: "hv1", domainType: "qemu", reason: "KVM is\nnot there" },
      rejected: [{ hypervisor: "hv2", reason: "no such emulator" }],
      points: [
        { kind: "clean", action: "make", because: "there is none" },
        { kind: "init", action: "remake", because: "--fresh-init" },
      ],
      steps: ["image: https://example.org/x", "init: phases/init.yaml", "main: phases/main.yaml"],
    },
    {
      ...{ ...VM, name: "lost", hypervisor: null, domainType: null, reason: "no hypervisor fits" },
      ...{ rejected: [{ hypervisor: "hv1", reason: "99 GiB are too much" }], points: [], steps: [] },
    },
  ],
  hypervisors: [
    { name: "hv1", reachable: true, domainTypes: { x86_64: ["kvm", "qemu"] }, cpus: 8, memoryMiB: 32768 },
    { name: "hv2", reachable: false, error: "refused\u001b[2J", domainTypes: {}, cpus: 0, memoryMiB: 0 },
  ],
};

const TABLE = `VM         ARCH    ON          STARTS FROM    RUNS        MAKES
warm       x86_64  hv1 (kvm)   init, 2 h old  main        -
漢字_cold  x86_64  hv1 (qemu)  image          init, main  clean, init again
lost       x86_64  NO PLACE
`;
const END = `
3 VMs: 1 warm, 1 cold, 1 without a place

HYPERVISOR  CPUS  MEMORY  GUESTS
hv1         8     32 GiB  x86_64 (kvm, qemu)
hv2         -     -       not reachable: refused`;

test("a row a VM, why one has no place, how many are warm, and the hypervisors", () => {
  expect(text(PLAN)).toBe(`${TABLE}
lost -> NO PLACE: no hypervisor fits
    not hv1: 99 GiB are too much

init again, --fresh-init: 漢字_cold
${END}`);
});

test("points that are made again for the same reason are told of together", () => {
  const points = (because: string): FarmPlan["vms"][number]["points"] => [
    { kind: "clean", action: "restore", created: "2026-01-02T03:00:00Z" },
    { kind: "dependencies", action: "remake", because: "phases/dependencies.yaml changed" },
    { kind: "init", action: "remake", because },
  ];
  const [warm] = PLAN.vms;
  if (!warm) throw new Error("no VM");
  const vms = ["a", "b", "c", "d", "e"].map((name) => ({
    ...{
      ...warm,
      name,
      points: points(name === "e" ? "the file\nchanged" : "phases/dependencies.yaml changed"),
    },
  }));
  expect(text({ ...PLAN, vms })).toContain(`

dependencies, init again, phases/dependencies.yaml changed: a, b, c and 1 other
dependencies again, phases/dependencies.yaml changed: e
init again, the file changed: e

`);
});

test("the reason of the only hypervisor there is, is told once", () => {
  const reason = "no hypervisor fits: 99 GiB are too much";
  const vms = PLAN.vms.filter(({ name }) => name === "lost").map((vm) => ({ ...vm, reason }));
  expect(text({ ...PLAN, vms })).toContain(`\nlost -> NO PLACE: ${reason}\n\n`);
});

test("that nothing would run is said", () => {
  const vms = PLAN.vms.filter(({ name }) => name === "warm").map((vm) => ({ ...vm, steps: [] }));
  expect(text({ ...PLAN, vms })).toMatch(/^warm +x86_64 +hv1 \(kvm\) +init, 2 h old +nothing/m);
});

test("`--explain` tells every reason and step", () => {
  expect(text(PLAN, true)).toBe(`${TABLE}
warm -> hv1 (kvm): the only one
    restore init: 'init'
    dependencies: skipped, 'init' holds it
    main: phases/main.yaml

漢字_cold -> hv1 (qemu): KVM is not there
    not hv2: no such emulator
    no point 'clean': there is none
    no point 'init': --fresh-init
    image: https://example.org/x
    init: phases/init.yaml
    main: phases/main.yaml

lost -> NO PLACE: no hypervisor fits
    not hv1: 99 GiB are too much
${END}`);
});

test("colours move nothing", () => {
  const esc = String.fromCharCode(27);
  const colored = text(PLAN, false, true);
  expect(colored).toContain(`${esc}[32minit, 2 h old`);
  expect(colored.replace(new RegExp(`${esc}\\[\\d+m`, "g"), "")).toBe(text(PLAN));
});
