import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findPhases } from "../../../src/project/phases.js";
import { first, load } from "../load/project-files.js";

async function found(files: Readonly<Record<string, string>>) {
  const project = await load(files);
  const phases = await findPhases(project, first(project));
  return Object.fromEntries(phases.map(({ name, file }) => [name, file]));
}

test("the most specific file of each phase", async () => {
  const phases = await found({
    "group_vars/vms.yml": "phases_lookup_dir_path: p\n",
    "p/main.yaml": "",
    "p/deb/main.yml": "",
    "p/deb/pc/main.yaml": "",
    "p/init.yaml": "",
    "p/deb/init.yml": "",
    "p/dependencies.yml": "",
    "p/pc/terminate.yaml": "",
  });
  expect(phases).toEqual({
    dependencies: "p/dependencies.yml",
    init: "p/deb/init.yml",
    main: "p/deb/pc/main.yaml",
    terminate: null,
  });
});

test("phases/ is where they are when nobody says", async () => {
  expect(await found({ "phases/main.yaml": "" })).toMatchObject({ main: "phases/main.yaml", init: null });
});

test("provision_phases/ of ansible_farm is where they are when there is no phases/", async () => {
  const old = { "provision_phases/main.yaml": "" };
  expect(await found(old)).toMatchObject({ main: "provision_phases/main.yaml" });
  expect(await found({ ...old, "phases/init.yaml": "" })).toMatchObject({
    main: null,
    init: "phases/init.yaml",
  });
});

test("below the current directory when the project has none", async () => {
  const project = await load({});
  const cwd = join(project.directory, "elsewhere");
  await mkdir(join(cwd, "phases"), { recursive: true });
  expect(await findPhases({ ...project, cwd }, first(project))).toHaveLength(4);
});

test("a directory in place of a phase's file is a mistake", async () => {
  await expect(found({ "phases/main.yaml/x": "" })).rejects.toThrow("phases/main.yaml is a directory");
});

test("a directory that is not there is a mistake", async () => {
  await expect(found({ "group_vars/vms.yml": "a: 1\nphases_lookup_dir_path: pp\n" })).rejects.toMatchObject({
    message: "phases_lookup_dir_path 'pp' is not a directory",
    position: { file: "group_vars/vms.yml", line: 2, column: 1 },
  });
  await expect(found({})).rejects.toThrow("there are no phases, so nothing would run in the VMs");
});
