import { homedir } from "node:os";
import { join } from "node:path";
import { createKey, type GuestKey, readKey } from "./key-file.js";

export type { GuestKey } from "./key-file.js";

interface KeyQuestion {
  /** The user's `ansible_ssh_private_key_file` for guests; may begin with `~/`. */
  readonly keyFile?: string | undefined;
  /** Default: farm's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The key that farm logs in to guests with: the user's file, or farm's own in `$XDG_DATA_HOME/farm`, one for all projects, so that they
 * can share restore points. Made on this machine when it is not there.
 * @throws ConfigError when it cannot be read, is encrypted or cannot be made.
 */
export async function guestKey(question: KeyQuestion): Promise<GuestKey> {
  const path = keyPath(question);
  return (await readKey(path)) ?? createKey(path, "farm");
}

/** The same key if it is there already. @throws ConfigError when it cannot be read or is encrypted */
export const findGuestKey = (question: KeyQuestion): Promise<GuestKey | undefined> =>
  readKey(keyPath(question));

/** Absolute; a leading `~/` is the home. */
export function keyPath({ keyFile, env = process.env }: KeyQuestion): string {
  const home = env["HOME"] || homedir();
  return keyFile === undefined ? ownKeyPath(env, home) : keyFile.replace(/^~(?=\/)/, () => home);
}

function ownKeyPath(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const data = env["XDG_DATA_HOME"];
  // A relative XDG_DATA_HOME is to be ignored, says the specification.
  const base = data?.startsWith("/") ? data : join(home, ".local", "share");
  return join(base, "farm", "id_ed25519");
}
