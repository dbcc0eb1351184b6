import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import { UserFiles } from "../../../../src/load/files/user-files.js";
import { loadTaskFile } from "../../../../src/tasks/read/load.js";
import { Sources } from "../../../../src/tasks/read/sources.js";
import { writeProject } from "../../../lab/farm.js";

/** What is said of a task file that uses role `r`. */
async function complaint(meta: string, file = "argument_specs.yml"): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), "farm-role-"));
  onTestFinished(() => rm(project, { recursive: true, force: true }));
  await writeProject(project, {
    "main.yaml": "- import_role: { name: r }\n",
    [`roles/r/meta/${file}`]: meta,
  });
  const sources = new Sources({ project, files: new UserFiles(project) });
  return loadTaskFile("main.yaml", sources).then(
    ({ steps: [role] }) => (role?.kind === "block" ? role.block.map(({ name }) => name).join() : "no role"),
    (error) => describeError(asFarmError(error)),
  );
}

const OPTION = "argument_specs: { main: { short_description: All, options: { a: { type: ";

test.each([
  [`${OPTION}int } } } }`, "argument_specs.yml", "Validating arguments against arg spec 'main' - All"],
  [`${OPTION}int } } } }`, "main.yml", "Validating arguments against arg spec 'main' - All"],
  ["argument_specs: { other: { options: {} } }", "argument_specs.yml", ""],
  [
    `${OPTION}integer } } } }`,
    "argument_specs.yml",
    "roles/r/meta/argument_specs.yml:1:67: 'a.type' of argument_specs 'main' of role 'r' must be one of 'str'",
  ],
  [
    "argument_specs: { main: [] }",
    "main.yml",
    "roles/r/meta/main.yml:1:19: 'main' of argument_specs must be a mapping, got a list",
  ],
])("%s in %s", async (meta, file, said) => expect(await complaint(meta, file)).toMatch(said));

test("a description for readers alone is let pass", async () =>
  expect(await complaint(`${OPTION}str, version_added: 1.2.0, no_log: true } } } }`)).toContain(
    "Validating",
  ));
