import { readFile } from "node:fs/promises";
import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware, type ParsedKey } from "ssh2";
import { chosenKeysOf } from "./ssh-agent.js";
import type { SshAuth } from "./ssh-target.js";

/** The ways to log in that there are, and what became of them, for the message of a refused login. */
export interface Login {
  readonly handler: AuthHandlerMiddleware;
  /** What was tried, in order, e.g. `key ~/.ssh/id_ed25519`. */
  readonly tried: string[];
  /** What could not be tried and why, e.g. an encrypted key. */
  readonly notes: string[];
}

interface Attempt {
  readonly what: string;
  readonly method: AnyAuthMethod;
}

/** Reads the keys and puts the attempts in order; nothing here fails, a useless key becomes a note. */
export async function prepareLogin(user: string, auth: SshAuth): Promise<Login> {
  const notes = [...(auth.notes ?? [])];
  const named = await readKeys(auth.keyFiles ?? [], notes, true);
  const defaults = await readKeys(auth.defaultKeyFiles ?? [], notes, false);
  const attempts: Attempt[] = [
    // Told nothing, a server lists what it takes.
    { what: "none", method: { type: "none", username: user } },
    ...(auth.keys ?? []).map(
      (key): Attempt => ({ what: "farm's key", method: { type: "publickey", username: user, key } }),
    ),
    ...named.map((key) => keyAttempt(user, key)),
    ...(await agentAttempt(user, auth)),
    ...defaults.map((key) => keyAttempt(user, key)),
    ...passwordAttempts(user, auth.password),
  ];
  const tried: string[] = [];
  return { handler: handlerFor(attempts, tried), tried, notes };
}

function handlerFor(attempts: readonly Attempt[], tried: string[]): AuthHandlerMiddleware {
  const rest = [...attempts];
  return (offered, _partial, next) => {
    for (let attempt = rest.shift(); attempt; attempt = rest.shift()) {
      const { type } = attempt.method;
      // null before the server's first answer; ssh2's types leave that out.
      if (type !== "none" && offered !== null && !offered.includes(type === "agent" ? "publickey" : type))
        continue;
      if (type !== "none") tried.push(attempt.what);
      return next(attempt.method);
    }
    (next as unknown as (method: false) => void)(false);
  };
}

interface ReadKey {
  readonly file: string;
  readonly key: ParsedKey;
}

async function readKeys(files: readonly string[], notes: string[], named: boolean): Promise<ReadKey[]> {
  const keys: ReadKey[] = [];
  for (const file of files) {
    try {
      const parsed = ssh2.utils.parseKey(await readFile(file));
      if (parsed instanceof Error) notes.push(`${file}: ${keyProblem(parsed.message)}`);
      else if (parsed.isPrivateKey()) keys.push({ file, key: parsed });
      else notes.push(`${file}: not a private key`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (named || code !== "ENOENT") notes.push(`${file}: ${code === "ENOENT" ? "no such file" : code}`);
    }
  }
  return keys;
}

/** ssh2's own words for the keys that it does not take. */
function keyProblem(message: string): string {
  if (/encrypted|passphrase/i.test(message))
    return "encrypted, and farm asks for no passphrase: add it to ssh-agent";
  return "not a key that farm can use (certificates and security keys (sk-*) are not supported)";
}

const keyAttempt = (username: string, { file, key }: ReadKey): Attempt => ({
  what: `key ${file}`,
  method: { type: "publickey", username, key },
});

async function agentAttempt(username: string, auth: SshAuth): Promise<Attempt[]> {
  if (auth.agent === undefined) return [];
  const agent = auth.identitiesOnly ? await chosenKeysOf(auth.agent, auth.keyFiles ?? []) : auth.agent;
  return [{ what: "the keys of ssh-agent", method: { type: "agent", username, agent } }];
}

function passwordAttempts(username: string, password: string | undefined): Attempt[] {
  if (password === undefined) return [];
  return [
    { what: "password", method: { type: "password", username, password } },
    {
      what: "password (keyboard-interactive)",
      method: {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _lang, prompts, finish) => finish(prompts.map(() => password)),
      },
    },
  ];
}
