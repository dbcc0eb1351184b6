import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manualPage } from "../../src/commands/doc/command-manual.js";
import { commandsMarkdown } from "../../src/commands/doc/command-markdown.js";
import { commandPages } from "../../src/commands/doc/command-page.js";
import { farmProgram } from "../../src/commands/program.js";
import { describeModule, modulesMarkdown } from "../../src/report/module-doc.js";
import { allModules } from "../../src/tasks/modules/registry.js";

const ROOT = join(import.meta.dirname, "../..");

test("docs/modules.md is what the modules' schemas say: `farm doc --markdown > docs/modules.md`", () => {
  expect(readFileSync(join(ROOT, "docs/modules.md"), "utf8")).toBe(
    modulesMarkdown(allModules().map(describeModule)),
  );
});

const pages = () => {
  const program = farmProgram({
    stdout: () => undefined,
    stderr: () => undefined,
    terminal: false,
    stop: new AbortController().signal,
    exit: () => undefined,
  });
  return { description: program.description(), pages: commandPages(program) };
};

test("docs/cli.md is what the commands say: `farm doc --cli > docs/cli.md`", () => {
  expect(readFileSync(join(ROOT, "docs/cli.md"), "utf8")).toBe(commandsMarkdown(pages().pages));
});

test("man/farm.1 is what the commands say: `farm doc --man > man/farm.1`", () => {
  const { description, pages: all } = pages();
  expect(readFileSync(join(ROOT, "man/farm.1"), "utf8")).toBe(manualPage(description, all));
});

test("every command has a description and an example", () => {
  const bare = pages().pages.filter(
    ({ description, more }) => description === "" || !/Examples?:/.test(more),
  );
  expect(bare.map(({ name }) => name)).toEqual([]);
});

test("a manual's text is text: backslashes, dots and quotes where a line begins", () => {
  const page = {
    name: "x",
    usage: "farm x",
    description: ".so /etc/passwd",
    arguments: [],
    options: [["-a", "'quoted \\ text"]] as const,
    more: "Example:\n.TH",
  };
  const lines = manualPage("d", [page]).split("\n");
  for (const line of ["\\&.so /etc/passwd.", "\\&'quoted \\e text", "\\&.TH"]) expect(lines).toContain(line);
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
