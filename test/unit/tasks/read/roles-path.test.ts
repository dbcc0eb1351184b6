import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rolePlaces } from "../../../../src/tasks/read/roles-path.js";

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "farm-roles-path-"));
});
afterAll(() => rm(project, { recursive: true, force: true }));

const HOME = [join(homedir(), ".ansible/roles"), "/usr/share/ansible/roles", "/etc/ansible/roles"];

test("roles are where Ansible looks for them, unless ansible.cfg or the environment say where", async () => {
  const collections = join(project, "collections");
  expect(rolePlaces(project, {})).toEqual({
    roles: HOME,
    collections: [collections, join(homedir(), ".ansible/collections"), "/usr/share/ansible/collections"],
  });
  await writeFile(join(project, "ansible.cfg"), "[defaults]\nroles_path = r:~/s\ncollections_paths = c\n");
  expect(rolePlaces(project, {})).toEqual({
    roles: [join(project, "r"), join(homedir(), "s")],
    collections: [collections, join(project, "c")],
  });
  expect(rolePlaces(project, { ANSIBLE_ROLES_PATH: "/x", ANSIBLE_COLLECTIONS_PATH: "/y:/z" })).toEqual({
    roles: ["/x"],
    collections: [collections, "/y", "/z"],
  });
});
