import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserFiles } from "../../../../src/load/files/user-files.js";
import { findModule } from "../../../../src/tasks/modules/registry.js";
import { Sources } from "../../../../src/tasks/read/sources.js";
import { writeProject } from "../../../lab/farm.js";

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "farm-sources-"));
  const files = ["library/own.sh", "library/copy.sh", "phases/library/own", "phases/library/no-name.sh"];
  await writeProject(project, Object.fromEntries(files.map((name) => [name, "#!/bin/sh\n"])));
});
afterAll(() => rm(project, { recursive: true, force: true }));

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
