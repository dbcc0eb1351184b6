import { expect, test } from "vitest";
import { type FarmPlan, planJson } from "../../../../src/commands/plan/plan-document.js";

const vm = (name: string) => ({ name, rejected: [], definition: { metadata: { name }, net: {} } });

test.each([0, 1, 3])("the JSON of a plan of %d VMs is the same as in one piece", (count) => {
  const vms = Array.from({ length: count }, (_, index) => vm(`a\n"${index}"`));
  const plan = { vms, hypervisors: [{ name: "one", domainTypes: {} }] } as unknown as FarmPlan;
  expect([...planJson(plan)].join("")).toBe(`${JSON.stringify(plan, undefined, 2)}\n`);
});
