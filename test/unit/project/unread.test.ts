import { expect, test } from "vitest";
import { unreadDefinitions } from "../../../src/project/unread.js";
import { complaint, load } from "../load/project-files.js";

const old = {
  "setup_vm/targets/pc.yaml": "- set_fact: { vm: { arch: x86_64 } }\n",
  "setup_vm/platforms/deb.yml": "[]\n",
  "setup_vm/platforms/other.yaml": "[]\n",
};

test("definitions in ansible_farm's place are told when nobody says that they are there", async () => {
  expect(unreadDefinitions(await load(old))).toEqual([
    "setup_vm/targets/pc.yaml",
    "setup_vm/platforms/deb.yml",
  ]);
  expect(unreadDefinitions(await load({}))).toEqual([]);
});

test("definitions that are ansible_farm's task files are refused with what to do", async () => {
  const files = { ...old, "group_vars/vms.yml": "parse_lookup_dir_path: setup_vm\n" };
  const text = await complaint(files);
  expect(text).toContain("setup_vm/targets/pc.yaml:1:1: target 'pc' must be a mapping, got a list");
  expect(text).toContain(
    "hint: a task file of ansible_farm? What its set_fact gives `vm` belongs below a key `vm`",
  );
});

test("a config that stands at a hypervisor is told", async () => {
  const inventory = "all: { children: { hypervisors: { hosts: { one: { config: { list: [] } } } } } }\n";
  expect(await complaint({ "inventory.yaml": inventory })).toContain(
    "hint: 'one' has one: write it below the host localhost",
  );
});
