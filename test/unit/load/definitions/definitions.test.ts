import { join } from "node:path";
import { expect, test } from "vitest";
import { loadProject } from "../../../../src/project/project.js";
import { answered, complaint, first, load, newProject, SMALL } from "../project-files.js";

const defined = async (files: Readonly<Record<string, string>>) =>
  first(await load(files)).define(answered(), "qemu");

test("a definition extends another, in a chain", async () => {
  const vm = await defined({
    "platforms/deb.yaml": "extends: base\nvars: { b: deb }\nvm: { disks: { $append: [{ src: d }] } }\n",
    "platforms/base.yml":
      'extends: root\nvars: { a: base, b: base }\nvm: { ram: 100, own: "{{ a }} {{ b }} {{ c }}" }\n',
    "platforms/root.yaml": "vars: { c: root }\nvm: { ram: 50, vcpus: 1, disks: [{ src: r }] }\n",
  });
  expect(vm).toMatchObject({ ram: 100, vcpus: 1, own: "base deb root", disks: [{ src: "r" }, { src: "d" }] });
});

test("`default` stands for what has no file of its own", async () => {
  const files = {
    "inventory.yaml": (SMALL["inventory.yaml"] ?? "").replace("platform: deb", "platform: sid"),
    "platforms/default.yaml": "vm: { ram: 77 }",
  };
  expect(await defined(files)).toMatchObject({ ram: 77, metadata: { platform_name: "sid", name: "sid_pc" } });
});

test("parse_lookup_dir_path is the only place, when it is set", async () => {
  const files = {
    "group_vars/all.yml": "parse_lookup_dir_path: setup\n",
    "setup/targets/pc.yaml": "vm: { arch: aarch64 }",
    "setup/platforms/deb.yaml": "vm: {}",
  };
  expect(await defined(files)).toMatchObject({ arch: "aarch64" });
  expect(await complaint({ ...files, "setup/targets/pc.yaml": "vm: 3" })).toContain(
    "setup/targets/pc.yaml:1:1: 'vm' of target 'pc' must be a mapping, got 3",
  );
  expect(await complaint({ "group_vars/vms.yml": "a: 1\nparse_lookup_dir_path: steup\n" })).toContain(
    "group_vars/vms.yml:2:1: parse_lookup_dir_path 'steup' is not a directory\n  hint: looked for steup",
  );
});

test("the project comes before the current directory, and that before farm's samples", async () => {
  const cwd = await newProject({
    "p/inventory.yaml": (SMALL["inventory.yaml"] ?? "").replace(
      "list: [{ platform: deb, target: pc }]",
      "permutations: { platforms: [deb], targets: [pc, here, amd64] }",
    ),
    "p/targets/pc.yaml": "vm: { arch: x86_64, ram: 1 }",
    "p/platforms/deb.yaml": "vm: {}",
    "targets/pc.yaml": "vm: { arch: x86_64, ram: 2 }",
    "targets/here.yaml": "vm: { arch: x86_64, ram: 3 }",
  });
  const { vms } = await loadProject({ inventory: join("p", "inventory.yaml"), vars: [], extraVars: [], cwd });
  expect(vms.map((vm) => vm.define(answered(), "qemu").ram)).toEqual([1, 3, 2048]);
});

test.each([
  ["extends: deb\n", "platforms/deb.yaml:1:1: circular extends: deb -> deb"],
  ["extends: two\n", "platforms/three.yaml:2:1: circular extends: deb -> two -> three -> two"],
  ["extends: twoo\n", "platforms/deb.yaml:1:1: there is no platform 'twoo'; did you mean 'two'?"],
  ["extends: ../two\n", `platforms/deb.yaml:1:1: "../two" cannot be a platform's name`],
  ["", "platforms/deb.yaml:1:1: platform 'deb' is empty"],
  ["vars: {}\n", "platforms/deb.yaml:1:1: platform 'deb' has neither 'vm' nor 'extends'"],
  [
    "- name: Define\n  set_fact: {}\n",
    "platforms/deb.yaml:1:1: platform 'deb' must be a mapping, got a list",
  ],
  ["vm: {}\nvar: {}\n", "platforms/deb.yaml:2:1: unknown key 'var' in platform 'deb'; did you mean 'vars'?"],
  [
    "vm: { vcpu: 1 }\n",
    "platforms/deb.yaml:1:7: unknown key 'vcpu' in 'vm' of platform 'deb'; did you mean 'vcpus'?",
  ],
  [
    "vm: { metadata: { hostnam: a } }\n",
    "unknown key 'hostnam' in 'vm.metadata' of platform 'deb'; did you mean 'hostname'?",
  ],
  [
    "vm: { disks: { $remove: [0] } }\n",
    "platforms/deb.yaml:1:26: the inherited 'disks' has no item 0: it has none",
  ],
])("%s is refused", async (text, message) => {
  const two = {
    "platforms/two.yaml": "extends: three\nvm: {}\n",
    "platforms/three.yaml": "vm: {}\nextends: two\n",
  };
  expect(await complaint({ ...two, "platforms/deb.yaml": text })).toContain(message);
});

test("keys of the user's own are his", async () => {
  const vm = await defined({ "platforms/deb.yaml": "vm: { memory: 3, tpm: yes, metadata: { owner: me } }" });
  expect(vm).toMatchObject({ memory: 3, tpm: true, metadata: { owner: "me" } });
});
