import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Inputs } from "../../../src/inputs.js";
import { callbackSurroundings, callbackTrace, judgeTrace } from "../../../src/provision/callback-trace.js";
import type { PlacedVm } from "../../../src/provision/model.js";
import { Fingerprints } from "../../../src/restore/fingerprint.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-trace-"));
  await writeFile(join(directory, "mark.yaml"), "[]\n");
});
afterEach(() => rm(directory, { recursive: true }));

const source = { on_provision: { src: "a", dest: "b" } };
const callback = { file: "/f", shown: "f", task: { callback: "f", word: "x" }, source };
const now = (more: { ram?: number; name?: string; note?: string; hypervisor?: string } = {}) => {
  const { ram = 512, name = "vm", note = "n", hypervisor = "hv" } = more;
  const definition = { ram, metadata: { name } };
  const vm = { definition, hypervisor, blueprint: { variables: { note } } } as unknown as PlacedVm;
  const fingerprints = new Fingerprints("key");
  return callbackSurroundings(vm, callback, { fingerprints, directory, environment: {} });
};

const looked = () => {
  const inputs = new Inputs();
  inputs.files.add(join(directory, "mark.yaml"));
  for (const name of ["vm", "source", "task", "note", "kvm_host", "registered"]) inputs.variables.add(name);
  return callbackTrace(inputs, [["vm", "ram"]], now());
};

test("holds the parts that were looked at, and not the whole", async () => {
  const { variables, files } = await looked();
  expect(Object.keys(variables).sort()).toEqual(['["vm","ram"]', "kvm_host", "note", "registered"]);
  expect(variables["registered"]).toBeNull();
  expect(Object.keys(files)).toEqual(["mark.yaml"]);
});

test.each([
  ["nothing else", {}, "same"],
  ["a part that nobody looked at", { name: "other" }, "same"],
  ["a part that was looked at", { ram: 1024 }, "another's"],
  ["a variable", { note: "m" }, "another's"],
  ["another hypervisor", { hypervisor: "tower" }, "another's"],
])("%s: %j is %s", async (_name, more, judgement) =>
  expect(await judgeTrace(await looked(), now(more))).toBe(judgement),
);

test("a file that changed, whatever else did", async () => {
  const trace = await looked();
  await writeFile(join(directory, "mark.yaml"), "[ ]\n");
  expect(await judgeTrace(trace, now({ ram: 1024 }))).toBe("changed");
});
