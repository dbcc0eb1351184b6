import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { guestKey } from "../../../src/keys/guest-key.js";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "farm-keys-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const env = () => ({ HOME: home });
const mode = (path: string) => statSync(path).mode & 0o777;

describe("farm's own key", () => {
  test("is made once, private, and read again", async () => {
    const key = await guestKey({ env: env() });
    expect(key.path).toMatch(/\/\.local\/share\/farm\/id_ed25519$/);
    expect(mode(key.path)).toBe(0o600);
    expect(mode(dirname(key.path))).toBe(0o700);
    expect(key.privateKey).toBe(readFileSync(key.path, "utf8"));
    expect(key.publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ farm$/);
    expect(await guestKey({ env: env() })).toEqual(key);
    expect(readdirSync(dirname(key.path))).toEqual(["id_ed25519"]);
  });

  test("of many farms that start at once, all get the same", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => guestKey({ env: env() })));
    expect(new Set(keys.map((key) => key.privateKey)).size).toBe(1);
    expect(readdirSync(dirname(keys[0]?.path ?? ""))).toEqual(["id_ed25519"]);
  });

  test.each([
    ["an absolute XDG_DATA_HOME is where it goes", true],
    ["a relative one is ignored", false],
  ])("%s", async (_name, absolute) => {
    const data = absolute ? join(home, "data") : "data";
    const { path } = await guestKey({ env: { HOME: home, XDG_DATA_HOME: data } });
    expect(path.startsWith(absolute ? `${data}/farm/` : `${home}/.local/share/farm/`)).toBe(true);
  });
});

/** ssh2 now and then writes an ed25519 key that it cannot read itself. */
function readablePair(type: "ed25519" | "rsa" | "ecdsa") {
  for (;;) {
    const options = { bits: type === "ecdsa" ? 256 : 2048, comment: "me" };
    const pair = ssh2.utils.generateKeyPairSync(type as "rsa", options);
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

describe("the user's key file", () => {
  const use = (keyFile: string) => guestKey({ keyFile, env: env() });

  test.each(["ed25519", "rsa", "ecdsa"] as const)("of type %s is used as it is", async (type) => {
    const pair = readablePair(type);
    writeFileSync(join(home, "id"), pair.private, { mode: 0o600 });
    const key = await use("~/id");
    expect(key).toEqual({ path: join(home, "id"), privateKey: pair.private, publicKey: pair.public });
  });

  test("is made where it is missing, as ansible_farm's setup_image does", async () => {
    const key = await use("~/.ssh/id_ssh_rsa_vm");
    expect(key.path).toBe(join(home, ".ssh", "id_ssh_rsa_vm"));
    expect(mode(key.path)).toBe(0o600);
    expect(await use("~/.ssh/id_ssh_rsa_vm")).toEqual(key);
  });

  test.each<[string, () => string, RegExp, RegExp]>([
    [
      "encrypted",
      () =>
        ssh2.utils.generateKeyPairSync("ed25519", { passphrase: "x", cipher: "aes256-ctr", rounds: 1 })
          .private,
      /is encrypted$/,
      /without a passphrase/,
    ],
    ["public", () => ssh2.utils.generateKeyPairSync("ed25519").public, /holds a public key/, /private one/],
    ["garbage", () => "hello", /cannot read the key/, /OpenSSH/],
  ])("that is %s is a mistake of the user's", async (_name, content, message, hint) => {
    writeFileSync(join(home, "id"), content());
    const error = await use("~/id").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toMatch(message);
    expect((error as ConfigError).hint).toMatch(hint);
  });

  test("where it cannot be read or made", async () => {
    await expect(use(home)).rejects.toThrow(/cannot read the key .*EISDIR/);
    writeFileSync(join(home, "file"), "");
    await expect(use("~/file/id")).rejects.toBeInstanceOf(ConfigError);
    expect(existsSync(join(home, "file"))).toBe(true);
  });
});
