import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { loadProject } from "../../../../src/project/project.js";
import { complaint, first, load, newProject, SMALL } from "../project-files.js";

test("texts of the command line become what they mean", async () => {
  const { settings } = first(
    await load(
      {},
      {
        extraVars: [
          "connection_timeout=300 project_revision=7 allowed_phases=startup,main,shutdown project_id=p",
        ],
      },
    ),
  );
  expect(settings).toMatchObject({
    connectionTimeout: 300,
    projectRevision: "7",
    projectId: "p",
    allowedPhases: ["startup", "main", "shutdown"],
  });
});

test("a project is named after its directory", async () => {
  const cwd = await newProject(SMALL);
  await mkdir(join(cwd, "inventories"));
  const { directory, projectId } = await loadProject({
    inventory: "inventory.yaml",
    vars: [],
    extraVars: [],
    cwd,
  });
  expect([directory, projectId]).toEqual([cwd, basename(cwd)]);
});

test.each([
  [
    "allowed_phases: [startup, mian]",
    "group_vars/vms.yml:1:27: 'allowed_phases[1]' of the VMs' variables must be one of 'startup'",
  ],
  [
    "connection_timeout: soon",
    `group_vars/vms.yml:1:1: 'connection_timeout' of the VMs' variables must be a number, got the text "soon"`,
  ],
  ["snapshot_type: extern", "did you mean 'external'?"],
  [
    "ansible_group_priority: 3",
    "group_vars/vms.yml:1:1: ansible_group_priority has an effect in the inventory file only",
  ],
  ["- a", "group_vars/vms.yml:1:1: variables are a mapping of NAME: VALUE, got a list"],
  ["a: 1\na: 2", "group_vars/vms.yml:2:1: this key is given twice in one mapping"],
  ["a:\n\t- b", "a tab is used to indent"],
  ["a: !python/object x", "unknown YAML tag"],
])("%s is refused", async (text, message) => {
  expect(await complaint({ "group_vars/vms.yml": `${text}\n` })).toContain(message);
});
