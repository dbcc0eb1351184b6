import { randomBytes } from "node:crypto";
import pLimit from "p-limit";
import { ConfigError, formatPosition } from "../errors.js";
import { shaCrypt } from "../keys/sha-crypt.js";
import { askLine, type Terminal } from "../load/command-line/ask-line.js";
import { harmless } from "../report/harmless.js";
import type { Secrets } from "../report/mask.js";
import type { Answer, Prompt } from "../tasks/read/prompts.js";
import type { Mapping } from "../values/mapping.js";

interface Asking {
  /** Undefined: nobody can be asked. */
  readonly terminal: Terminal | undefined;
  /** `--vars` and `-e`: what they give is not asked for. */
  readonly extra: Mapping;
  /** Comes to know what was typed unseen. */
  readonly secrets: Pick<Secrets, "add">;
}

/** Asks a person for the variables of `vars_prompt`: one after the other, each place once however many VMs read it. */
export function askVariables({ terminal, extra, secrets }: Asking): Answer {
  const answers = new Map<string, Promise<unknown>>();
  const oneAtATime = pLimit(1);
  return (prompt) => {
    if (Object.hasOwn(extra, prompt.name)) return Promise.resolve(undefined);
    const key = formatPosition(prompt.position);
    const answer = answers.get(key) ?? oneAtATime(() => answerTo(prompt, terminal, secrets));
    answers.set(key, answer);
    return answer;
  };
}

async function answerTo(
  prompt: Prompt,
  terminal: Asking["terminal"],
  secrets: Asking["secrets"],
): Promise<unknown> {
  const value = terminal ? await typed(prompt, terminal) : prompt.default;
  if (value === undefined) throw noValue(prompt, terminal !== undefined);
  // A default stands in the file for all to see.
  if (prompt.isHidden && typeof value === "string" && value !== prompt.default) secrets.add(value);
  return prompt.hash && typeof value === "string" ? hashed(value, prompt.hash) : value;
}

function noValue({ name, position }: Prompt, isAsked: boolean): ConfigError {
  const message = isAsked
    ? `no value of '${name}' was typed`
    : `the variable '${name}' is asked for, and nobody can be asked: standard input is no terminal, or CI is set`;
  return new ConfigError(message, { position, hint: `give it by -e ${name}=VALUE, or write a default` });
}

/** @returns undefined: nothing was typed any more */
async function typed(prompt: Prompt, terminal: Terminal): Promise<unknown> {
  const ask = (question: string) => askLine(harmless(question), terminal, !prompt.isHidden);
  for (;;) {
    const first = await ask(prompt.question);
    if (first === undefined) return undefined;
    if (first === "" && prompt.default !== undefined) return prompt.default;
    if (!prompt.isConfirmed) return first;
    const again = await ask(`confirm ${prompt.question}`);
    if (again === undefined || again === first) return again;
    terminal.output.write("these are not the same\n");
  }
}

const SALT = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function hashed(value: string, { type, salt, saltSize }: NonNullable<Prompt["hash"]>): string {
  const random = () => [...randomBytes(saltSize ?? 16)].map((byte) => SALT[byte % SALT.length]).join("");
  return shaCrypt(type, value, salt ?? random());
}
