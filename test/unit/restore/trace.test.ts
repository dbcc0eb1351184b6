import { chmod, mkdir, mkdtemp, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Inputs } from "../../../src/inputs.js";
import { Fingerprints } from "../../../src/restore/fingerprint.js";
import { takeTrace, traceDifference } from "../../../src/restore/trace.js";
import { Template } from "../../../src/values/template.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-trace-"));
  await mkdir(join(directory, "tree"));
  await Promise.all(["file", "tree/a"].map((name) => writeFile(join(directory, name), "text")));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);
const surroundings = (variables: Record<string, unknown> = {}, environment = {}) => ({
  fingerprints: new Fingerprints("secret"),
  directory,
  variable: (name: string) => variables[name],
  variables: () => Object.keys(variables),
  environment,
});

const looked = () => {
  const inputs = new Inputs();
  for (const name of ["file", "tree", "absent"]) inputs.files.add(at(name));
  return inputs;
};

test("nothing changed, also for another project's directory of the same files", async () => {
  const trace = await takeTrace(looked(), surroundings());
  expect(Object.keys(trace.files)).toEqual(["file", "tree", "absent"]);
  await utimes(at("file"), 1, 1);
  expect(await traceDifference(trace, surroundings())).toBeUndefined();
});

test.each<[string, () => Promise<void>, string]>([
  ["a file's content", () => writeFile(at("file"), "Text"), "file changed"],
  ["that a program may be run", () => chmod(at("file"), 0o755), "file changed"],
  ["a file that is gone", () => unlink(at("file")), "file is gone"],
  ["a file that was looked for", () => writeFile(at("absent"), ""), "absent is new"],
  ["a file deep in a directory", () => writeFile(at("tree/a"), "other"), "tree changed"],
  ["another file in a directory", () => writeFile(at("tree/b"), ""), "tree changed"],
  ["a link in a directory", () => symlink("a", at("tree/b")), "tree changed"],
])("%s", async (_, change, told) => {
  const trace = await takeTrace(looked(), surroundings());
  await change();
  expect(await traceDifference(trace, surroundings())).toBe(told);
});

test.each<[string, string, string | undefined]>([
  ["what comes after the first lines", "one\ntwo\nfour\n", undefined],
  ["a longer file", "one\ntwo\nthree\nfour", undefined],
  ["one of the first lines", "one\nTwo\nthree\n", "lines:1-2 changed"],
  ["fewer lines", "one", "lines:1-2 changed"],
  ["a comment after them", "one\ntwo\n# new\n", undefined],
])("%s", async (_, text, told) => {
  await writeFile(at("lines"), "one\ntwo\n\n  # of three\nthree\n");
  const inputs = new Inputs();
  inputs.beginnings.set(at("lines"), 4);
  const trace = await takeTrace(inputs, surroundings());
  await writeFile(at("lines"), text);
  expect(await traceDifference(trace, surroundings())).toBe(told);
  await unlink(at("lines"));
  expect(await traceDifference(trace, surroundings())).toBe("lines:1-2 is gone");
});

const template = (source: string) => new Template(source, { file: "f", line: 1, column: 1 });

test.each<[string, Record<string, unknown>, Record<string, unknown>, string | undefined]>([
  ["the same", { a: { b: [1, "x"] } }, { a: { b: [1, "x"] } }, undefined],
  ["an expression as it is written", { a: template("{{ x }}") }, { a: template("{{ x }}") }, undefined],
  ["another expression", { a: template("{{ x }}") }, { a: template("{{ y }}") }, "variable a changed"],
  ["the text of an expression is none", { a: template("{{ x }}") }, { a: "{{ x }}" }, "variable a changed"],
  ["one deep below", { a: { b: [1] } }, { a: { b: [2] } }, "variable a changed"],
  ["the order of a mapping", { a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }, "variable a changed"],
  ["one that nobody looked at", { a: 1, other: 1 }, { a: 1, other: 2 }, undefined],
  ["one that is gone", { a: 1 }, {}, "variable a is gone"],
  ["one that is new", {}, { a: 1 }, "variable a is new"],
  ["null is something", {}, { a: null }, "variable a is new"],
])("variables: %s", async (_, before, after, told) => {
  const inputs = new Inputs();
  inputs.variables.add("a");
  const trace = await takeTrace(inputs, surroundings(before));
  expect(await traceDifference(trace, surroundings(after))).toBe(told);
});

test("who went through all variables depends on all", async () => {
  const inputs = new Inputs();
  inputs.allVariables = true;
  const trace = await takeTrace(inputs, surroundings({ a: 1 }));
  expect(await traceDifference(trace, surroundings({ a: 1 }))).toBeUndefined();
  expect(await traceDifference(trace, surroundings({ a: 1, b: 1 }))).toBe("the variables changed");
});

test("environment variables", async () => {
  const inputs = new Inputs();
  inputs.environment.add("HOME");
  const trace = await takeTrace(inputs, surroundings({}, { HOME: "/a" }));
  expect(await traceDifference(trace, surroundings({}, { HOME: "/a" }))).toBeUndefined();
  expect(await traceDifference(trace, surroundings({}, { HOME: "/b" }))).toBe(
    "environment variable HOME changed",
  );
});

test("a fingerprint tells nothing to who has not the key", () => {
  const [ours, theirs] = [new Fingerprints("ours"), new Fingerprints("theirs")];
  expect(ours.value("hunter2")).not.toBe(theirs.value("hunter2"));
  expect(ours.value("hunter2")).toBe(ours.value("hunter2"));
});
