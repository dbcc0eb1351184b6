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

const MAIN = { ms: 5_400_000, from: "phase_timeout at group_vars/vms.yml:1:1" };

test.each([
  ["phase_timeout: 90m", { dependencies: MAIN, init: MAIN, main: MAIN, terminate: MAIN }],
  [
    "a: 2\nphase_timeout: { main: '{{ a }}h', terminate: 30, init: 0 }",
    {
      main: { ms: 7_200_000, from: "phase_timeout.main at group_vars/vms.yml:2:18" },
      terminate: { ms: 30_000, from: "phase_timeout.terminate at group_vars/vms.yml:2:36" },
    },
  ],
  ["phase_timeout: 0", {}],
])("the time of phases: %s", async (text, limits) => {
  const { settings } = first(await load({ "group_vars/vms.yml": `${text}\n` }));
  expect(settings.phaseLimits).toEqual(limits);
});

test("a target may say how long phases take, the inventory's groups and the command line say it louder", async () => {
  const files = { "targets/pc.yaml": "vars: { phase_timeout: 2h }\nvm: { arch: x86_64 }\n" };
  const main = async (more: Record<string, string>, extraVars: string[] = []) =>
    first(await load({ ...files, ...more }, { extraVars })).settings.phaseLimits.main;
  expect(await main({})).toEqual({ ms: 7_200_000, from: "phase_timeout at targets/pc.yaml:1:9" });
  const group = { "group_vars/pc.yml": "phase_timeout: { main: 5m }\n" };
  expect(await main(group)).toMatchObject({ ms: 300_000 });
  const argument = { ms: 60_000, from: "phase_timeout at -e:1:1" };
  expect(await main(group, ["phase_timeout=60"])).toEqual(argument);
});

test("the time of a run is localhost's, or all VMs'", async () => {
  const limit = async (files: Record<string, string>) => (await load(files)).runLimit;
  expect(await limit({})).toBeUndefined();
  const vms = { "group_vars/vms.yml": "run_timeout: 3h\n" };
  expect(await limit(vms)).toEqual({ ms: 10_800_000, from: "run_timeout at group_vars/vms.yml:1:1" });
  expect(await limit({ ...vms, "host_vars/localhost.yml": "run_timeout: 0\n" })).toBeUndefined();
});

test.each([
  [
    "phase_timeout: soon",
    "group_vars/vms.yml:1:1: 'phase_timeout' of the VMs' variables is wrong: a time is a number of seconds",
  ],
  [
    "phase_timeout: { main: 60d }",
    "group_vars/vms.yml:1:18: 'phase_timeout.main' of the VMs' variables is wrong",
  ],
  ["phase_timeout: { mian: 5 }", "did you mean 'main'?"],
  ["phase_timeout: [5]", "'phase_timeout' of the VMs' variables must be a text, got a list"],
  ["run_timeout: soon", "group_vars/vms.yml:1:1: 'run_timeout' of localhost's variables is wrong: a time is"],
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
