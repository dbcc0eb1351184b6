import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import { UserFiles } from "../../../../src/load/files/user-files.js";
import { positionAt } from "../../../../src/values/position.js";
import { Template } from "../../../../src/values/template.js";
import { newProject } from "../project-files.js";
import { inline, secretValues, vaultText } from "../vault-files.js";

async function filesWith(
  written: Readonly<Record<string, string>>,
  given?: Parameters<typeof secretValues>[0],
) {
  const { values, learned } = secretValues(given);
  const cwd = await newProject(written);
  return { cwd, learned, files: new UserFiles(cwd, values) };
}

const complaint = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no complaint",
    (error) => describeError(asFarmError(error)),
  );

describe("an encrypted YAML file", () => {
  test("is read like any other, its expressions included", async () => {
    const { files } = await filesWith({ "vars.yaml": vaultText("vars") });
    const value = (await files.yaml("vars.yaml")) as { greeting: unknown };
    expect(value).toMatchObject({
      db_password: "hunter2-in-a-file",
      pin: 987654,
      nested: { list: ["deep-in-a-list"] },
    });
    expect(value.greeting).toBeInstanceOf(Template);
    expect(positionAt(value, ["pin"])).toEqual({ file: "vars.yaml", line: 3, column: 1 });
  });

  test("has no value that may be shown", async () => {
    const { files, learned } = await filesWith({ "vars.yaml": vaultText("vars") });
    await files.yaml("vars.yaml");
    expect(learned).toEqual(
      expect.arrayContaining(["hunter2-in-a-file", "say-this", "and-that", "987654", "deep-in-a-list"]),
    );
  });

  test("is not quoted when it is no YAML", async () => {
    const { files } = await filesWith({ "vars.yaml": vaultText("broken") });
    const told = await complaint(files.yaml("vars.yaml"));
    expect(told).toMatch(/^vars\.yaml:1:11: unknown YAML tag$/m);
    expect(told).not.toContain("hunter2");
  });

  test("needs a password, told at its beginning", async () => {
    const { files } = await filesWith({ "d/vars.yaml": vaultText("vars") }, { passwords: [] });
    expect(await complaint(files.yaml("d/vars.yaml"))).toMatch(
      /^d\/vars\.yaml:1:1: this is encrypted by ansible-vault, and no vault password was given\n.*--ask-vault-pass/,
    );
  });
});

test("a plain YAML file has values that are encrypted, and others that may be shown", async () => {
  const { files, learned } = await filesWith({ "vars.yaml": `a: shown\nb: ${inline("inline")}` });
  expect(await files.yaml("vars.yaml")).toEqual({ a: "shown", b: "hunter2-inline" });
  expect(learned).not.toContain("shown");
});

describe("a file that a task names", () => {
  const written = { "plain.txt": "plain\n", "key.txt": vaultText("lines") };

  test("is text, decrypted when it is encrypted", async () => {
    const { files, cwd, learned } = await filesWith(written);
    expect(await files.text("plain.txt")).toBe("plain\n");
    expect(await files.text(join(cwd, "key.txt"))).toMatch(/^-----BEGIN KEY-----\n/);
    expect(learned).toContain("first-line-of-it");
  });

  test("may be asked whether it is encrypted, and is not read otherwise", async () => {
    const { files } = await filesWith(written);
    expect(String(await files.decrypted("key.txt"))).toContain("second-line-of-it");
    expect(await files.decrypted("plain.txt")).toBeUndefined();
    expect(await files.decrypted("/dev/zero")).toBeUndefined();
    expect(await complaint(files.decrypted("missing"))).toMatch(/^cannot read .*missing: no such file$/);
  });
});

test("an encrypted file that is no text comes out byte for byte", async () => {
  const { files, learned } = await filesWith({ "image.bin": vaultText("binary") });
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  expect([...((await files.decrypted("image.bin")) ?? [])]).toEqual([...all, 0, 16, 16]);
  expect(learned.filter((each) => each !== "test-password")).toEqual([]);
});

test("a reader without secrets says what an encrypted file needs", async () => {
  const { cwd } = await filesWith({ "vars.yaml": vaultText("vars") });
  expect(await complaint(new UserFiles(cwd).yaml("vars.yaml"))).toContain("no vault password was given");
});
