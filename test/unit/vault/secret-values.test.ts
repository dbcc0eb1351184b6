import { describe, expect, test } from "vitest";
import { asFarmError, describeError } from "../../../src/errors.js";
import { parseYaml } from "../../../src/yaml/yaml.js";
import { DEV, inline, secretValues, vaultText } from "../load/vault-files.js";

type Given = Parameters<typeof secretValues>[0];

function read(text: string, given?: Given) {
  const { values, learned } = secretValues(given);
  return { value: parseYaml(text, "f.yaml", { secrets: values }), learned };
}

function complaint(text: string, given?: Given): string {
  try {
    read(text, given);
  } catch (error) {
    return describeError(asFarmError(error));
  }
  return "no complaint";
}

describe("!vault", () => {
  test("a value is decrypted where it stands, also by an alias and by its older name", () => {
    const text = `a: &x ${inline("inline")}b: *x\nc: [1, *x]\nd: ${inline("unicode").replace("!vault", "!vault-encrypted")}`;
    expect(read(text).value).toEqual({
      a: "hunter2-inline",
      b: "hunter2-inline",
      c: [1, "hunter2-inline"],
      d: "grüße, 世界 🔑",
    });
  });

  test("what looks like an expression in it is none, as in Ansible", () => {
    expect(read(`a: ${inline("marks")}`).value).toEqual({ a: "pa{{ss}} {% 5 {# x" });
  });

  test("what it holds and the passwords must not be shown", () => {
    expect(read(`a: ${inline("inline")}`).learned).toEqual(["test-password", "hunter2-inline"]);
    expect(read(`a: ${inline("lines")}`).learned).toContain("second-line-of-it");
  });

  test("a mistake is told at its place", () => {
    expect(complaint(`a: 1\nb: ${inline("inline")}`, { passwords: [] })).toMatch(
      /^f\.yaml:2:11: this is encrypted by ansible-vault, and no vault password was given\n/,
    );
    expect(complaint(`b: ${inline("inline")}`, { passwords: [DEV] })).toMatch(
      /^f\.yaml:1:11: .*does not fit/,
    );
    expect(complaint("b: !vault hunter2\n")).toMatch(/^f\.yaml:1:11: this is no ansible-vault text/);
    expect(complaint("b: !vault [x]\n")).toBe("f.yaml:1:4: !vault marks a text, no list or mapping");
  });

  test("what is not used needs no password", () => {
    expect(read("a: 1\n", { passwords: [] }).value).toEqual({ a: 1 });
  });
});

describe("!env", () => {
  const environment = { TOKEN: "hunter2-env", MARKS: "{{ x }}", NUMBER: "010", EMPTY: "" };

  test("is the variable's value as a text, never an expression", () => {
    const { value, learned } = read(
      "a: !env TOKEN\nb: !env MARKS\nc: !env NUMBER\nd: !env EMPTY\ne: !env 'TOKEN'\n",
      {
        environment,
      },
    );
    expect(value).toEqual({ a: "hunter2-env", b: "{{ x }}", c: "010", d: "", e: "hunter2-env" });
    expect(learned).toContain("hunter2-env");
  });

  test("one that is not set is told at its place", () => {
    expect(complaint("a:\n  b: !env TOKNE\n", { environment })).toBe(
      "f.yaml:2:11: the environment variable 'TOKNE' is not set\n" +
        "  hint: `!env TOKNE` needs it; export it before farm is started",
    );
    expect(complaint("a: !env [X]\n")).toBe("f.yaml:1:4: !env marks a text, no list or mapping");
  });

  test("names of JavaScript's own are not set", () => {
    expect(complaint("a: !env constructor\n", { environment })).toContain("'constructor' is not set");
  });
});

test("a text that nobody gave secrets to reaches none", () => {
  for (const tag of ["!env HOME", `!vault "${vaultText("inline").split("\n")[0]}"`])
    expect(() => parseYaml(`a: ${tag}\n`, "text")).toThrow(/has no meaning here/);
});
