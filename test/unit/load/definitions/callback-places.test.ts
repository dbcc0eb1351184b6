import { expect, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import { callbackPlaces } from "../../../../src/load/definitions/callback-places.js";
import { answered, first, load } from "../project-files.js";

test("a path is looked for below each directory and its tasks, a name below callbacks", () => {
  expect(callbackPlaces("callbacks/sources/a.yaml", ["/p", "/cwd"])).toEqual([
    "/p/callbacks/sources/a.yaml",
    "/p/tasks/callbacks/sources/a.yaml",
    "/cwd/callbacks/sources/a.yaml",
    "/cwd/tasks/callbacks/sources/a.yaml",
  ]);
  expect(callbackPlaces("a", ["/p"])).toEqual([
    "/p/callbacks/sources/a.yaml",
    "/p/callbacks/sources/a.yml",
    "/p/callbacks/a.yaml",
    "/p/callbacks/a.yml",
  ]);
  expect(callbackPlaces("/x/a.yml", ["/p", "/cwd"])).toEqual(["/x/a.yml"]);
});

const FOUND = "tasks/callbacks/sources/mark.yaml";

test("the project's own are found, and those that are near are named", async () => {
  const project = await load({ [FOUND]: "[]\n", "callbacks/note.yml": "[]\n" });
  const { files } = first(project);
  expect(files.callback("callbacks/sources/mark.yaml")?.shown).toBe(FOUND);
  expect(files.callback("note")?.shown).toBe("callbacks/note.yml");
  expect(files.callback("mark")).toBeUndefined();
  expect(files.callbacksNear("nota").names).toContain("note");
  expect(files.callbacksNear("nota").places[0]).toBe("callbacks/sources/nota.yaml");
});

test("a file that the definition names must be there", async () => {
  const { files, define } = first(await load({ "a/b.txt": "text\n" }));
  expect(files.text("a/b.txt", undefined)).toEqual({ file: "a/b.txt", text: "text\n" });
  try {
    files.yaml("a/c.yaml", define.call(first(await load({})), answered(), "qemu"), {
      file: "f",
      line: 1,
      column: 2,
    });
    expect.unreachable();
  } catch (error) {
    expect(describeError(asFarmError(error))).toMatch(
      /^f:1:2: there is no file 'a\/c\.yaml'\n {2}hint: looked for a\/c\.yaml, /,
    );
  }
});
