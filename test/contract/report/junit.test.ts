import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { junitReporter } from "../../../src/report/junit-reporter.js";
import { shown } from "../../fakes/ci-events.js";

const exec = promisify(execFile);
const schema = fileURLToPath(new URL("../../fixtures/junit/junit.xsd", import.meta.url));
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-junit-"));
});
afterAll(() => rm(directory, { recursive: true }));

test("xmllint finds a run that ends in every way valid by the schema", async () => {
  const file = join(directory, "junit.xml");
  await shown(junitReporter(file));
  await exec("xmllint", ["--noout", "--schema", schema, file]);
  expect(await readFile(file, "utf8")).toMatch(
    /<flakyFailure[\s\S]*<flakyError[\s\S]*<rerunFailure[\s\S]*<rerunError/,
  );
});

test("no VM at all is valid too", async () => {
  const file = join(directory, "none.xml");
  await shown(junitReporter(file), []);
  await exec("xmllint", ["--noout", "--schema", schema, file]);
});
