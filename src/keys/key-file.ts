import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import ssh2 from "ssh2";
import { ConfigError } from "../errors.js";

/** A key pair that guests know farm by. */
export interface GuestKey {
  /** As in the file: OpenSSH's or PEM's text. A secret. */
  readonly privateKey: string;
  /** One line as in authorized_keys. */
  readonly publicKey: string;
  readonly path: string;
}

/** The key in a file; undefined when there is no such file. @throws ConfigError when farm cannot use it. */
export async function readKey(path: string): Promise<GuestKey | undefined> {
  const privateKey = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new ConfigError(`cannot read the key ${path}: ${error.code ?? error.message}`, { cause: error });
  });
  return privateKey === undefined ? undefined : { privateKey, publicKey: publicLine(privateKey, path), path };
}

/**
 * Makes an ed25519 key, mode 0600, unless there is one: of several farms that start at once, one makes it and all
 * get the same.
 */
export async function createKey(path: string, comment: string): Promise<GuestKey> {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeSynced(temporary, generate(comment));
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } catch (error) {
    throw new ConfigError(`cannot make the key ${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    await unlink(temporary).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
    });
  }
  const key = await readKey(path);
  if (key) return key;
  throw new ConfigError(`the key ${path} was removed while it was made`);
}

async function writeSynced(path: string, content: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** ssh2 now and then writes an ed25519 key that it cannot read itself; such a one is thrown away. */
function generate(comment: string): string {
  for (let tries = 0; tries < 20; tries++) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment });
    const parsed = ssh2.utils.parseKey(pair.private);
    if (!(parsed instanceof Error) && publicPart(parsed) === pair.public.split(" ")[1]) return pair.private;
  }
  throw new Error("no usable key was generated");
}

function publicLine(privateKey: string, path: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) {
    const encrypted = /passphrase|encrypted/i.test(key.message);
    throw new ConfigError(
      encrypted ? `the key ${path} is encrypted` : `cannot read the key ${path}: ${key.message}`,
      {
        hint: encrypted
          ? "name a key without a passphrase for guests, or leave ansible_ssh_private_key_file out: farm then makes one"
          : "name a private key in OpenSSH's or PEM's format",
      },
    );
  }
  if (!key.isPrivateKey())
    throw new ConfigError(`${path} holds a public key`, { hint: "name the private one" });
  return [key.type, publicPart(key), key.comment.replaceAll(/\p{Cc}+/gu, " ")].filter(Boolean).join(" ");
}

const publicPart = (key: ssh2.ParsedKey): string => key.getPublicSSH().toString("base64");
