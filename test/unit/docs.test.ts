import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeModule, modulesMarkdown } from "../../src/report/module-doc.js";
import { allModules } from "../../src/tasks/modules/registry.js";

const ROOT = join(import.meta.dirname, "../..");

test("docs/modules.md is what the modules' schemas say: `farm doc --markdown > docs/modules.md`", () => {
  expect(readFileSync(join(ROOT, "docs/modules.md"), "utf8")).toBe(
    modulesMarkdown(allModules().map(describeModule)),
  );
});

test("every argument of every module is described", () => {
  const bare = allModules()
    .map(describeModule)
    .flatMap((doc) =>
      doc.arguments.filter(({ description }) => description === "").map(({ name }) => `${doc.name}.${name}`),
    );
  expect(bare).toEqual([]);
});

test("every module's file is registered, and every module has a case", () => {
  const directory = join(ROOT, "src/tasks/modules");
  const files = readdirSync(directory).filter((file) =>
    /^export const \w+: Module</m.test(readFileSync(join(directory, file), "utf8")),
  );
  const names = allModules().map(({ name }) => name);
  const missing = files
    .map((file) => file.replace(/\.ts$/, "").replaceAll("-", "_"))
    .filter((name) => !names.includes(name));
  expect(missing).toEqual([]);
  const withoutCase = names.filter((name) => !existsSync(join(ROOT, "test/fixtures/modules", name)));
  expect(withoutCase).toEqual([]);
});
