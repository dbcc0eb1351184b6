import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserFiles } from "../../../../src/load/files/user-files.js";
import { findModule } from "../../../../src/tasks/modules/registry.js";
import { loadTaskFile } from "../../../../src/tasks/read/load.js";
import { Sources } from "../../../../src/tasks/read/sources.js";
import type { Role } from "../../../../src/tasks/task.js";
import { writeProject } from "../../../lab/farm.js";

const TASK_FILES = [
  "one.yaml",
  "roles/web/tasks/one.yaml",
  "roles/web/tasks/two.yaml",
  "roles/web/tasks/debian/two.yaml",
  "roles/web/tasks/debian/three.yaml",
  "roles/web/handlers/two.yaml",
  "galaxy/ansible_collections/me/mine/roles/db/tasks/main.yaml",
  "galaxy/ansible_collections/me/mine/roles/web/tasks/main.yaml",
];

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "farm-sources-"));
  const files = ["library/own.sh", "library/copy.sh", "phases/library/own", "phases/library/no-name.sh"];
  await writeProject(project, Object.fromEntries(files.map((name) => [name, "#!/bin/sh\n"])));
  await writeProject(project, Object.fromEntries(TASK_FILES.map((name) => [name, "[]\n"])));
});
afterAll(() => rm(project, { recursive: true, force: true }));

const ROLE: Role = {
  name: "web",
  key: "web",
  path: "",
  defaults: {},
  vars: {},
  own: { defaults: {}, vars: {} },
  parents: [],
  includedBy: [],
};

const OWN = (path: string) => `${join(project, path)}, a module of the project's own`;

test.each([
  ["own", "phases", () => OWN("phases/library/own")],
  ["own", "", () => OWN("library/own.sh")],
  ["copy", "phases", () => OWN("library/copy.sh")],
  ["ansible.builtin.copy", "phases", () => findModule("copy")?.summary],
  ["file", "phases", () => findModule("file")?.summary],
  ["community.general.own", "phases", () => undefined],
  ["no-name", "phases", () => undefined],
])("module %s for a file in '%s'", (written, directory, summary) => {
  const { modules } = new Sources({ project, files: new UserFiles(project) });
  expect(modules.find(written, join(project, directory))?.summary).toBe(summary());
});

test.each([
  ["tasks", "two.yaml", "tasks/two.yaml", "tasks/two.yaml"],
  ["tasks", "debian/two.yaml", "tasks/debian/two.yaml", "tasks/debian/two.yaml"],
  ["tasks/debian", "two.yaml", "tasks/two.yaml", "tasks/debian/two.yaml"],
  ["tasks/debian", "debian/three.yaml", "tasks/debian/three.yaml", "tasks/debian/three.yaml"],
  ["tasks/debian", "three.yaml", "tasks/debian/three.yaml", "tasks/debian/three.yaml"],
  ["handlers", "two.yaml", "handlers/two.yaml", "handlers/two.yaml"],
  ["handlers", "one.yaml", "tasks/one.yaml", "tasks/one.yaml"],
])("a role's file in %s names %s: an include means %s, an import %s", (folder, name, included, imported) => {
  const sources = new Sources({ project, files: new UserFiles(project) });
  const path = join(project, "roles/web");
  const role: Role = { ...ROLE, path };
  const namer = { directory: join(path, folder), role };
  expect(sources.taskFile(name, namer, undefined, true)).toBe(join(path, included));
  expect(sources.taskFile(name, namer, undefined, false)).toBe(join(path, imported));
});

test("outside of a role a file is beside the one that names it, or in the project", () => {
  const sources = new Sources({ project, files: new UserFiles(project) });
  expect(sources.taskFile("one.yaml", { directory: join(project, "phases") }, undefined, true)).toBe(
    join(project, "one.yaml"),
  );
});

test("a role of a collection goes by its whole name", () => {
  const galaxy = join(project, "galaxy");
  const rolePlaces = { roles: [], collections: [join(project, "none"), galaxy] };
  const sources = new Sources({ project, files: new UserFiles(project), rolePlaces });
  const roles = join(galaxy, "ansible_collections/me/mine/roles");
  expect(sources.role("me.mine.db", project, undefined)).toBe(join(roles, "db"));
  expect(sources.role("web", join(roles, "db/tasks"), undefined)).toBe(join(roles, "web"));
  expect(() => sources.role("me.mine.nope", project, undefined)).toThrow("there is no role 'me.mine.nope'");
  expect(() => sources.role("db", project, undefined)).toThrow("there is no role 'db'");
});

test("what a condition of an include, or a notification, stands before may name modules that farm lacks", async () => {
  await writeProject(project, {
    "roles/many/tasks/main.yaml": "- include_tasks: redhat.yaml\n  when: ansible_os_family == 'RedHat'\n",
    "roles/many/tasks/redhat.yaml": "- rpm_key: {key: x}\n",
    "roles/many/handlers/main.yaml": "- name: restart\n  win_service: {name: x}\n",
    "some.yaml": "- include_role: {name: many}\n",
    "sure.yaml": "- include_tasks: roles/many/tasks/redhat.yaml\n",
  });
  const read = (name: string) =>
    loadTaskFile(join(project, name), new Sources({ project, files: new UserFiles(project) }));
  const { lacking } = await read("some.yaml");
  expect(lacking.map(({ name }) => name).sort()).toEqual(["rpm_key", "win_service"]);
  await expect(read("sure.yaml")).rejects.toThrow("unknown module or keyword 'rpm_key'");
});
