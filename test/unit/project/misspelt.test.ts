import { expect, test } from "vitest";
import { misspeltVariables } from "../../../src/project/misspelt.js";
import { load } from "../load/project-files.js";

test("variables that nearly have the name of one that farm reads are told with their place", async () => {
  const project = await load({
    "group_vars/vms.yml": "conection_timeout: 60\nmine: 1\nproject_revision: 1\nproject_revisions: 2\n",
    "group_vars/hypervisors.yml": "kvm_porbe: false\n",
  });
  expect(misspeltVariables(project)).toEqual([
    "group_vars/vms.yml:1:1: farm reads no variable 'conection_timeout'; did you mean 'connection_timeout'?",
    "group_vars/hypervisors.yml:1:1: farm reads no variable 'kvm_porbe'; did you mean 'kvm_probe'?",
  ]);
  expect(misspeltVariables(await load({}))).toEqual([]);
});
