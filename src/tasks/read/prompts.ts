import { z } from "zod";
import { ConfigError, type Position } from "../../errors.js";
import type { Mapping } from "../../values/mapping.js";
import { setEntry } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { Template } from "../../values/template.js";
import { describeValue, parseWith } from "../../values/validate.js";
import { bool } from "../module/arguments.js";

const HASHES = { sha256_crypt: "sha256", sha512_crypt: "sha512" } as const;

const text = z.union([z.string(), z.number()]).transform(String);
const Written = z.strictObject({
  name: z.string().regex(/^[A-Za-z_]\w*$/, "a variable's name has letters, digits and '_'"),
  prompt: text.optional(),
  default: z.unknown().optional(),
  private: bool().default(true),
  confirm: bool().default(false),
  encrypt: z.enum(["sha256_crypt", "sha512_crypt"]).optional(),
  salt: text.optional(),
  salt_size: z.int().min(1).max(16).optional(),
  unsafe: bool().optional(),
});

/** A variable that a play asks for. */
export interface Prompt {
  readonly name: string;
  readonly question: string;
  /** Undefined: there is none. */
  readonly default: unknown;
  readonly isHidden: boolean;
  /** It has to be typed twice. */
  readonly isConfirmed: boolean;
  readonly hash?:
    | {
        readonly type: "sha256" | "sha512";
        readonly salt?: string | undefined;
        readonly saltSize?: number | undefined;
      }
    | undefined;
  readonly position: Position;
}

/** The value of a variable that is asked for; undefined: nobody was asked, and it has none. @throws ConfigError */
export type Answer = (prompt: Prompt) => Promise<unknown>;

/** Where nobody is asked there are the defaults. */
const byDefault: Answer = async (prompt) => prompt.default;

/** The variables of a play's `vars_prompt`. @throws ConfigError(s) */
export async function promptedVars(
  play: Mapping,
  position: Position,
  answer: Answer = byDefault,
): Promise<Mapping> {
  const variables = {};
  for (const prompt of promptsOf(play, position)) {
    const value = await answer(prompt);
    if (value !== undefined) setEntry(variables, prompt.name, value);
  }
  return variables;
}

function promptsOf(play: Mapping, position: Position): Prompt[] {
  const written = play["vars_prompt"] ?? [];
  const at = positionOf(play, "vars_prompt") ?? position;
  if (!Array.isArray(written))
    throw new ConfigError(`'vars_prompt' must be a list, got ${describeValue(written)}`, { position: at });
  return written.map((each, index) => promptOf(each, positionOf(written, index) ?? at));
}

function promptOf(written: unknown, position: Position): Prompt {
  const parsed = parseWith(Written, written, "a variable of vars_prompt");
  const { name, encrypt, salt, salt_size: saltSize } = parsed;
  const isShown = typeof parsed.default === "string" || typeof parsed.default === "number";
  const otherwise = isShown && !(parsed.default instanceof Template) ? ` [${parsed.default}]` : "";
  return {
    name,
    question: `${parsed.prompt ?? name}${otherwise}: `,
    default: parsed.default ?? undefined,
    isHidden: parsed.private,
    isConfirmed: parsed.confirm,
    hash: encrypt && { type: HASHES[encrypt], salt, saltSize },
    position,
  };
}
