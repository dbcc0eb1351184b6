import { readFile } from "node:fs/promises";
import ssh2 from "ssh2";
import { ConfigError } from "../errors.js";
import { keyPath } from "./guest-key.js";
import { createKey, readKey } from "./key-file.js";

/**
 * The public line of a key pair of the user's, by the private key's path: of the `.pub` file when there is one, so that the private half
 * may be elsewhere; undefined when there is neither.
 * @throws ConfigError when it cannot be read
 */
export async function findOtherKey(keyFile: string): Promise<string | undefined> {
  const path = keyPath({ keyFile });
  return (await readPublic(`${path}.pub`)) ?? (await readKey(path))?.publicKey;
}

/** The same, made when it is not there. @throws ConfigError */
export const otherKey = async (keyFile: string): Promise<string> =>
  (await findOtherKey(keyFile)) ?? (await createKey(keyPath({ keyFile }), "farm")).publicKey;

async function readPublic(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new ConfigError(`cannot read the key ${path}: ${error.code ?? error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  const line = text.trim();
  if (!/\n/.test(line) && isPublic(line)) return line;
  throw new ConfigError(`${path} holds no public key`, { hint: "one line, as in authorized_keys" });
}

/** Also the kinds that ssh2 itself cannot log in with: `sk-` keys and certificates are lines like any other. */
const isPublic = (line: string): boolean =>
  !(ssh2.utils.parseKey(line) instanceof Error) || /^sk-\S+@openssh\.com [A-Za-z0-9+/]+=*( .*)?$/.test(line);
