import { expect, test } from "vitest";
import { complaint, load } from "../project-files.js";

const inventory = (config: string) =>
  `all: { hosts: { localhost: { config: ${config} } }, children: { hypervisors: { hosts: { localhost: } } } }\n`;
const files = {
  "targets/one.yaml": "vm: { arch: x86_64 }",
  "targets/two.yml": "vm: { arch: aarch64 }",
  "platforms/a.yaml": "vm: {}",
  "platforms/b.yaml": "vm: {}",
};
const names = async (config: string) =>
  (await load({ ...files, "inventory.yaml": inventory(config) })).vms.map(({ name }) => name);

test("the product, then the list, each once", async () => {
  const config = `{ permutations: { targets: [one, two], platforms: [a] },
    list: [{ platform: b, target: two }, { platform: a, target: one }, { platform: b, target: two }] }`;
  expect(await names(config)).toEqual(["a_one", "a_two", "b_two"]);
});

test("expressions and group variables", async () => {
  const text = `all:
  vars: { wanted: [one, two], config: { permutations: { platforms: [a], targets: "{{ wanted }}" } } }
  children: { hypervisors: { hosts: { localhost: } } }
`;
  const project = await load({ ...files, "inventory.yaml": text });
  expect(project.vms.map(({ name }) => name)).toEqual(["a_one", "a_two"]);
});

test.each([
  ["{}", "'config' of localhost asks for no VM"],
  ["{ list: }", "'config' of localhost asks for no VM"],
  [
    "{ permutation: {} }",
    "inventory.yaml:1:40: unknown key 'permutation' in 'config' of localhost; did you mean 'permutations'?",
  ],
  [
    "{ permutations: { targets: [one] } }",
    "'permutations.platforms' of 'config' of localhost is missing: it must be a list",
  ],
  [
    "{ list: [{ platform: a, taget: one }] }",
    "inventory.yaml:1:62: unknown key 'taget' in 'list[0]' of 'config' of localhost; did you mean 'target'?",
  ],
  [
    "{ list: [{ platform: [a], target: one }] }",
    "inventory.yaml:1:49: 'list[0].platform' of 'config' of localhost must be a text, got a list",
  ],
  ["{ list: [{ platform: '{{ nope }}', target: one }] }", "undefined variable 'nope'"],
  [
    "{ list: [{ platform: aa, target: one }] }",
    "inventory.yaml:1:49: there is no platform 'aa'; did you mean 'a'?",
  ],
  ["{ list: [{ platform: ../a, target: one }] }", `"../a" cannot be a platform's name`],
  ['{ list: [{ platform: a, target: "x\\ny" }] }', String.raw`"x\ny" cannot be a target's name`],
  [
    "{ list: [{ platform: a, target: one, template: x }, { platform: a, target: one }] }",
    "two VMs are named 'a_one': a on one (inventory.yaml:1:49) and a on one (inventory.yaml:1:92)",
  ],
])("%s is refused", async (config, message) => {
  expect(await complaint({ ...files, "inventory.yaml": inventory(config) })).toContain(message);
});

test("no config at all", async () => {
  const text = "all:\n  hosts: { localhost: }\n  children: { hypervisors: { hosts: { localhost: } } }\n";
  expect(await complaint({ "inventory.yaml": text })).toContain(
    "inventory.yaml:2:12: localhost has no variable 'config': nothing says which VMs to build\n  hint: write `config:",
  );
});
