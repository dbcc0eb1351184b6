import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { asFarmError } from "../../../../src/errors.js";
import { askHidden } from "../../../../src/load/command-line/ask-hidden.js";

/** A terminal on which somebody types these keys. */
function terminal(keys: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const shown: string[] = [];
  const stop = new AbortController();
  const answer = askHidden("Vault password: ", {
    input,
    output: { write: (text: string) => shown.push(text) },
    signal: stop.signal,
  });
  input.write(keys);
  return { answer, shown, stop };
}

test.each([
  ["se cret\r", "se cret"],
  ["secret\n", "secret"],
  ["secrex\u007ft\r", "secret"],
  ["grüße\r", "grüße"],
  ["\r", ""],
])("typed %j, got %j; nothing but the question is shown", async (keys, expected) => {
  const { answer, shown } = terminal(keys);
  expect(await answer).toBe(expected);
  expect(shown).toEqual(["Vault password: ", "\n"]);
});

describe("no answer", () => {
  test("Ctrl-C interrupts", async () => {
    const { answer } = terminal("sec\u0003");
    expect(asFarmError(await answer.catch((error) => error)).exitCode).toBe(130);
  });

  test("so does a signal", async () => {
    const { answer, stop } = terminal("sec");
    stop.abort();
    expect(asFarmError(await answer.catch((error) => error)).exitCode).toBe(130);
  });

  test("Ctrl-D is none", async () => {
    await expect(terminal("\u0004").answer).rejects.toThrow("no vault password was typed");
  });

  test("without a terminal the other ways are named", async () => {
    const { signal } = new AbortController();
    const asked = askHidden("?", { input: new PassThrough(), output: { write: () => true }, signal });
    const error = asFarmError(await asked.catch((thrown) => thrown));
    expect(error.message).toBe("cannot ask for the vault password: standard input is no terminal");
    expect(error.hint).toContain("--vault-password-file");
    expect(error.exitCode).toBe(2);
  });
});
