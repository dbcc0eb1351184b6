import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadExtraVars, parseExtraVars as parse } from "../../../../src/load/command-line/extra-vars.js";
import { UserFiles } from "../../../../src/load/files/user-files.js";
import { Template } from "../../../../src/values/template.js";
import { inline, secretValues, vaultText } from "../vault-files.js";

const { values } = secretValues({ environment: { TOKEN: "from-the-environment" } });
const parseExtraVars = (text: string) => parse(text, new UserFiles("/", values));

test.each([
  ["a=1", { a: "1" }],
  ["a=1 b=2", { a: "1", b: "2" }],
  [`a=1 b="x y"`, { a: "1", b: "x y" }],
  [`a='x "y"' b=`, { a: 'x "y"', b: "" }],
  ["a=b=c", { a: "b=c" }],
  [String.raw`a="x\ny"`, { a: "x\ny" }],
  ["a=yes n=010", { a: "yes", n: "010" }],
  ['{"a": 1, "b": [true]}', { a: 1, b: [true] }],
  ["{a: yes, c: {d: e}}", { a: true, c: { d: "e" } }],
])("-e %s", (text, expected) => {
  expect(parseExtraVars(text)).toEqual(expected);
});

test("an expression keeps its white space and is evaluated later", () => {
  const { a, b } = parseExtraVars("a={{ x + 1 }} b=2");
  expect(a).toBeInstanceOf(Template);
  expect((a as Template).source).toBe("{{ x + 1 }}");
  expect(b).toBe("2");
});

test.each([
  ["a", "'a' is not NAME=VALUE"],
  ["a=1 'b", "a quote is not closed"],
  ["[1, 2]", "variables are a mapping"],
  ["{a: 1, a: 2}", "given twice"],
])("-e %s is refused", (text, message) => {
  expect(() => parseExtraVars(text)).toThrow(message);
});

test("files in order, then -e in order; later ones win", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "farm-vars-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, "one.yaml"), "a: one\nb: one\nc: one\nd: one\n");
  await writeFile(join(cwd, "two.yaml"), "b: two\nc: two\nd: two\n");
  await writeFile(join(cwd, "at.yaml"), "c: at\nd: at\n");
  const files = new UserFiles(cwd);
  const vars = await loadExtraVars({ files, vars: ["one.yaml", "two.yaml"], extraVars: ["@at.yaml", "d=e"] });
  expect(vars).toEqual({ a: "one", b: "two", c: "at", d: "e" });
  const missing = loadExtraVars({ files, vars: ["three.yaml"], extraVars: ["x", "y"] });
  await expect(missing).rejects.toThrow(
    /cannot read .*three.yaml: no such file; 'x' is not NAME=VALUE; 'y' is/,
  );
});

test("a mapping and files may hold secrets", async () => {
  expect(parseExtraVars("{a: !env TOKEN}")).toEqual({ a: "from-the-environment" });
  const cwd = await mkdtemp(join(tmpdir(), "farm-vars-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, "one.yaml"), `a: ${inline("inline")}`);
  await writeFile(join(cwd, "two.yaml"), vaultText("vars"));
  const files = new UserFiles(cwd, values);
  expect(await loadExtraVars({ files, vars: ["one.yaml"], extraVars: ["@two.yaml"] })).toMatchObject({
    a: "hunter2-inline",
    db_password: "hunter2-in-a-file",
  });
});
