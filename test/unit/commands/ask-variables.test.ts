import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { askVariables } from "../../../src/commands/ask-variables.js";
import { asFarmError, describeError, formatPosition } from "../../../src/errors.js";
import { shaCrypt } from "../../../src/keys/sha-crypt.js";
import { Secrets } from "../../../src/report/mask.js";
import { type Answer, promptedVars } from "../../../src/tasks/read/prompts.js";
import type { Mapping } from "../../../src/values/mapping.js";
import { parseYaml } from "../../../src/yaml/yaml.js";

const variables = (yaml: string, answer?: Answer) => {
  const [play] = parseYaml(`- vars_prompt: ${yaml}\n`, "play.yaml") as Mapping[];
  return promptedVars(play ?? {}, { file: "play.yaml", line: 1, column: 3 }, answer);
};

/** A terminal on which somebody types lines, the next one as soon as he is asked. */
function typing(lines: readonly string[], extra: Mapping = {}) {
  const rest = [...lines];
  const shown: string[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = {
    write: (text: string) => {
      shown.push(text);
      if (text.endsWith(": ")) setImmediate(() => input.write(`${rest.shift()}\r`));
    },
  };
  const secrets = new Secrets();
  const answer = askVariables({
    terminal: { input, output, signal: new AbortController().signal },
    extra,
    secrets,
  });
  return { answer, secrets, shown: () => shown.join("") };
}

test("what is typed is the variable's; what is private is not shown, and hidden from then on", async () => {
  const { answer, secrets, shown } = typing(["bob", "hunter2hunter2", ""]);
  const yaml =
    "[{ name: user, prompt: Who, private: false }, { name: pass, prompt: Word }, { name: n, default: 5 }]";
  expect(await variables(yaml, answer)).toEqual({ user: "bob", pass: "hunter2hunter2", n: 5 });
  expect(shown()).toMatch(/^Who: .*bob.*\nWord: \nn \[5\]: \n$/s);
  expect(secrets.mask("bob hunter2hunter2")).toBe("bob ********");
});

test("with confirm it is asked for until it is typed twice", async () => {
  const { answer, shown } = typing(["one", "two", "same", "same"]);
  expect(await variables("[{ name: x, confirm: true }]", answer)).toEqual({ x: "same" });
  expect(shown()).toContain("these are not the same");
});

test("with encrypt the variable is the hash", async () => {
  const { answer, secrets } = typing(["password", "password"]);
  const yaml =
    "[{ name: x, encrypt: sha512_crypt, salt: abc }, { name: y, encrypt: sha256_crypt, salt_size: 7 }]";
  const { x, y } = await variables(yaml, answer);
  expect(x).toBe(shaCrypt("sha512", "password", "abc"));
  expect(y).toMatch(/^\$5\$[./\w]{7}\$/);
  expect(secrets.mask("password")).toBe("********");
});

test("what the command line gives is not asked for, and a place is asked for once", async () => {
  const { answer } = typing(["only"], { given: 1 });
  const yaml = "[{ name: given }, { name: x }]";
  expect(await Promise.all([variables(yaml, answer), variables(yaml, answer)])).toEqual([
    { x: "only" },
    { x: "only" },
  ]);
});

test("where nobody can be asked there is the default, or a mistake that says what to do", async () => {
  const secrets = new Secrets();
  const answer = askVariables({ terminal: undefined, extra: {}, secrets });
  expect(await variables("[{ name: x, default: plain }]", answer)).toEqual({ x: "plain" });
  expect(secrets.mask("plain")).toBe("plain");
  const error = await variables("\n  - name: x", answer).catch(asFarmError);
  expect(describeError(error as never)).toBe(
    "play.yaml:2:5: the variable 'x' is asked for, and nobody can be asked: standard input is no terminal, or CI is set\n" +
      "  hint: give it by -e x=VALUE, or write a default",
  );
});

test("a plan asks nobody", async () => {
  expect(await variables("[{ name: x, default: d }, { name: y }]")).toEqual({ x: "d" });
});

test.each([
  ["[{ prompt: Who }]", "play.yaml:1:17: 'name' of a variable of vars_prompt is missing"],
  ["[{ name: x, encrypt: md5_crypt }]", "must be one of 'sha256_crypt', 'sha512_crypt'"],
  ["[{ name: x, promt: y }]", "did you mean 'prompt'?"],
  ["x", "'vars_prompt' must be a list, got the text"],
])("%s is refused", async (yaml, message) => {
  const error = asFarmError(await variables(yaml).catch((thrown: unknown) => thrown));
  expect(`${error.position ? `${formatPosition(error.position)}: ` : ""}${error.message}`).toContain(message);
});
