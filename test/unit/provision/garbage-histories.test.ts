import fc from "fast-check";
import { expect, test } from "vitest";
import type { Removal } from "../../../src/restore/garbage.js";
import { Hypervisor, MINUTE, VMS } from "./farm-history.js";

const happening = fc
  .record({
    vm: fc.constantFrom(...VMS),
    what: fc.constantFrom("go on", "go on", "go on", "go on", "go on", "go on", "killed", "kept", "over"),
    which: fc.nat(20),
  })
  .map(({ vm, what, which }) => (on: Hypervisor) => {
    if (what === "go on") on.goOn(vm, which);
    else if (what === "killed") on.kill(vm);
    else on.end(vm, what === "kept");
  });
const collecting = fc.record({ bytes: fc.nat(600), minutes: fc.nat(40) }).map(
  ({ bytes, minutes }) =>
    (on: Hypervisor) =>
      collectAndLook(on, bytes, minutes * MINUTE),
);
const events = fc.array(fc.oneof({ weight: 8, arbitrary: happening }, { weight: 1, arbitrary: collecting }), {
  minLength: 40,
  maxLength: 120,
  size: "max",
});

/** gc, and all that must hold of it whatever has happened. */
function collectAndLook(on: Hypervisor, maxBytes: number, maxAgeMs: number): void {
  const needed = on.needed();
  const before = {
    vms: new Map([...on.vms].map(([vm, state]) => [vm, { ...state }])),
    runs: new Map(on.runs),
  };
  const halves = [...on.parts].filter(([vm]) => on.vm(vm).lock !== undefined);
  const gone = on.collect(maxBytes, maxAgeMs);
  const namesOf = (what: Removal["what"]) => gone.flatMap((each) => (each.what === what ? [each.name] : []));
  expect(gone.filter((each) => needed.has(each.name))).toEqual([]);
  // A VM of --keep belongs to a run that is over: only a dead run's is taken away, and none that is worked on.
  for (const vm of namesOf("vm")) {
    const { lock, domain } = before.vms.get(vm) ?? {};
    expect(lock).toBeUndefined();
    if (domain !== undefined) expect(before.runs.get(domain)).toBe(false);
  }
  expect(namesOf("part").filter((part) => halves.some(([, half]) => half === part))).toEqual([]);
  const makers = [...on.vms.values()].map(({ directory }) => directory?.by);
  expect(namesOf("run").filter((run) => before.runs.get(run) !== false || makers.includes(run))).toEqual([]);
  const stands = [...on.points.values()].flatMap(({ below, image }) => [
    image,
    ...(below === null ? [] : [below]),
  ]);
  expect(stands.filter((each) => !on.points.has(each) && !on.images.has(each))).toEqual([]);
}

test("farms come, restore, save, keep, are killed and come again: gc takes nothing that is in use, and leaves nothing that hangs in the air", () => {
  fc.assert(
    fc.property(events, (all) => {
      const on = new Hypervisor();
      for (const event of all) {
        on.now += MINUTE;
        event(on);
      }
      // Once all are dead or over, nothing stays over any limit but what kept VMs stand on.
      for (const vm of VMS) on.kill(vm);
      collectAndLook(on, 0, 0);
      const kept = on.needed();
      expect([...on.points.keys(), ...on.images.keys()].filter((each) => !kept.has(each))).toEqual([]);
      expect([...on.runs.values()]).not.toContain(false);
    }),
    { numRuns: 200 },
  );
});
