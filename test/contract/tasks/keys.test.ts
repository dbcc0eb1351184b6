import { execFileSync, spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authorizedKey } from "../../../src/tasks/modules/authorized-key.js";
import { knownHosts } from "../../../src/tasks/modules/known-hosts.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { imageServer } from "../../lab/image-server.js";
import { runModule } from "../../lab/module-machine.js";
import { toolPaths } from "../../lab/tool-paths.js";

const paths = mkdtempSync(join(tmpdir(), "farm-tools-"));
const SHELLS = toolPaths("curl");
const USER = userInfo().username;

let keys: string[];
beforeAll(() => {
  keys = [1, 2].map((number) => {
    execFileSync("ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-C",
      `key ${number}`,
      "-f",
      join(paths, `k${number}`),
    ]);
    return readFileSync(join(paths, `k${number}.pub`), "utf8").trim();
  });
});
afterAll(() => rmSync(paths, { recursive: true, force: true }));

describe.each(SHELLS)("by $kind", ({ path }) => {
  let home: string;
  let shell: Shell;
  let PATH = "";
  beforeAll(() => {
    PATH = path();
  });
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "farm-keys-"));
    shell = localShell({ name: "here", home, env: { PATH } });
  });
  afterEach(async () => {
    await shell.close();
    rmSync(home, { recursive: true, force: true });
  });

  describe("known_hosts", () => {
    const file = () => join(home, ".ssh/known_hosts");
    const content = () => readFileSync(file(), "utf8");
    const known = (args: Record<string, unknown>, options = {}) =>
      runModule(knownHosts, args, shell, options);
    /** What ssh itself finds. */
    const found = (name: string) =>
      spawnSync("ssh-keygen", ["-F", name, "-f", file()], { encoding: "utf8" }).stdout.includes("AAAA");
    beforeEach(() => mkdirSync(join(home, ".ssh")));

    it("adds a key once, and replaces it", async () => {
      const key = `a.example ${keys[0]}`;
      expect(await known({ name: "A.example", key }, { check: true })).toMatchObject({ changed: true });
      expect(await known({ name: "A.example", key })).toMatchObject({ changed: true });
      expect(await known({ name: "A.example", key })).toMatchObject({ changed: false });
      writeFileSync(file(), `# \u00e4 comment\nb.example ${keys[0]}\n${content()}c.example ${keys[0]}`);
      expect(await known({ name: "a.example", key: `a.example ${keys[1]}` })).toMatchObject({
        changed: true,
      });
      expect(content()).toBe(
        `# \u00e4 comment\nb.example ${keys[0]}\nc.example ${keys[0]}\na.example ${keys[1]}\n`,
      );
    });

    it("writes hashes that ssh finds", async () => {
      const args = { name: "[a.example]:2222", key: `[a.example]:2222 ${keys[0]}`, hash_host: true };
      expect(await known(args)).toMatchObject({ changed: true });
      expect(content()).toMatch(/^\|1\|/);
      expect(found("[a.example]:2222")).toBe(true);
      expect(await known(args)).toMatchObject({ changed: false });
      expect(await known({ name: args.name, state: "absent" })).toMatchObject({ changed: true });
      expect(found("[a.example]:2222")).toBe(false);
      expect(await known({ name: args.name, state: "absent" })).toMatchObject({ changed: false });
    });

    it("says that the directory is missing", async () => {
      rmSync(join(home, ".ssh"), { recursive: true });
      expect(await known({ name: "a", key: `a ${keys[0]}` })).toMatchObject({ failed: true });
    });
  });

  describe("authorized_key", () => {
    const file = () => join(home, "us er/.ssh/authorized_keys");
    const content = () => readFileSync(file(), "utf8");
    const authorized = (args: Record<string, unknown>, options = {}) =>
      runModule(authorizedKey, { user: USER, path: file(), ...args }, shell, options);

    it("adds keys once, and makes the directory nobody else's", async () => {
      const key = keys.join("\n");
      expect(await authorized({ key }, { check: true })).toMatchObject({ changed: true });
      expect(await authorized({ key })).toMatchObject({ changed: true, keyfile: file() });
      expect(await authorized({ key })).toMatchObject({ changed: false });
      expect(content()).toBe(`${key}\n`);
      expect(statSync(file()).mode & 0o777).toBe(0o600);
      expect(statSync(join(home, "us er/.ssh")).mode & 0o777).toBe(0o700);
    });

    it("changes options, removes keys and leaves the rest alone", async () => {
      mkdirSync(join(home, "us er/.ssh"), { recursive: true });
      writeFileSync(file(), `# mine\n\n${keys[0]}\nno key at all`);
      const args = { key: keys[0], key_options: 'no-pty,command="echo \\"a, b\\""' };
      expect(await authorized(args)).toMatchObject({ changed: true });
      expect(content()).toBe(`# mine\n\nno-pty,command="echo \\"a, b\\"" ${keys[0]}\nno key at all\n`);
      expect(await authorized(args)).toMatchObject({ changed: false });
      expect(await authorized({ key: keys[1] })).toMatchObject({ changed: true });
      expect(await authorized({ key: keys[0], state: "absent" })).toMatchObject({ changed: true });
      expect(await authorized({ key: keys[0], state: "absent" })).toMatchObject({ changed: false });
      expect(await authorized({ key: keys[0], exclusive: true })).toMatchObject({ changed: true });
      expect(content()).toBe(`${keys[0]}\n`);
      expect(await authorized({ key: keys[0], exclusive: true })).toMatchObject({ changed: false });
    });

    it("replaces a link, or writes to what it leads to", async () => {
      mkdirSync(join(home, "us er/.ssh"), { recursive: true });
      const other = join(home, "other");
      writeFileSync(other, "");
      symlinkSync(other, file());
      expect(await authorized({ key: keys[0], follow: true })).toMatchObject({ changed: true });
      expect(readFileSync(other, "utf8")).toBe(`${keys[0]}\n`);
      expect(await authorized({ key: keys[1] })).toMatchObject({ changed: true });
      expect(lstatSync(file()).isFile()).toBe(true);
      expect(content()).toBe(keys.map((key) => `${key}\n`).join(""));
      expect(readFileSync(other, "utf8")).toBe(`${keys[0]}\n`);
    });

    it("gets keys from the web and from a file of the machine", async () => {
      const server = await imageServer();
      server.on("/keys", (_request, response) => response.end(`${keys[0]}\n\n# c\n`));
      expect(await authorized({ key: `${server.url}/keys` })).toMatchObject({ changed: true });
      expect(await authorized({ key: `${server.url}/keys` })).toMatchObject({ changed: false });
      expect(await authorized({ key: `${server.url}/none` })).toMatchObject({ failed: true });
      await server.close();
      expect(await authorized({ key: `file://${join(paths, "k2.pub")}` })).toMatchObject({ changed: true });
      expect(content()).toBe(keys.map((key) => `${key}\n`).join(""));
    });

    it("says what is wrong", async () => {
      expect(await authorized({ key: "nonsense" })).toMatchObject({ failed: true });
      expect(await authorized({ key: keys[0], user: "no-such-user" })).toMatchObject({ failed: true });
      expect(await authorized({ key: keys[0], user: "no-such-user" }, { check: true })).toMatchObject({
        changed: true,
      });
    });
  });
});
