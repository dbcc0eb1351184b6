import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import { type VaultSources, vaultPasswords } from "../../../../src/load/command-line/vault-passwords.js";
import { newProject } from "../project-files.js";
import { vaultText } from "../vault-files.js";

interface Given extends Partial<VaultSources> {
  readonly files?: Readonly<Record<string, string>>;
  readonly executable?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly answers?: readonly string[];
}

/** The passwords of a project, and what the user was asked. */
async function passwordsOf({
  files = {},
  executable = [],
  environment = {},
  answers = [],
  ...sources
}: Given) {
  const cwd = await newProject(files);
  for (const name of executable) await chmod(join(cwd, name), 0o755);
  const rest = [...answers];
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    const answer = rest.shift();
    if (answer === undefined) throw new Error(`not expected: ${question}`);
    return answer;
  };
  const { signal } = new AbortController();
  const passwords = await vaultPasswords(
    { vaultPasswordFile: [], vaultId: [], ...sources },
    { cwd, environment, ask, signal },
  );
  return { passwords: passwords.map(({ label, password }) => `${label}: ${password}`), asked };
}

const complaint = (given: Given): Promise<string> =>
  passwordsOf(given).then(
    () => "no complaint",
    (error) => describeError(asFarmError(error)),
  );

test("nothing given, nothing asked", async () => {
  expect(await passwordsOf({})).toEqual({ passwords: [], asked: [] });
});

test("a file's text without the white space around it", async () => {
  const files = { "p.txt": "  se cret \n\n" };
  expect((await passwordsOf({ files, vaultPasswordFile: ["p.txt"] })).passwords).toEqual([
    "default: se cret",
  ]);
});

test("all sources in Ansible's order: ids, files, the environment, the question", async () => {
  const { passwords, asked } = await passwordsOf({
    files: { a: "1", b: "2", c: "3", "d@e": "4" },
    vaultId: ["dev@a", "b", "@b", "x@d@e", "prod@prompt", "prompt"],
    vaultPasswordFile: ["b", "a"],
    environment: { ANSIBLE_VAULT_PASSWORD_FILE: "c" },
    askVaultPass: true,
    answers: ["five", "six", " seven "],
  });
  expect(passwords).toEqual([
    "dev: 1",
    "default: 2",
    "default: 2",
    "x: 4",
    "prod: five",
    "default: six",
    "default: 2",
    "default: 1",
    "default: 3",
    "default: seven",
  ]);
  expect(asked).toEqual(["Vault password (prod): ", "Vault password (default): ", "Vault password: "]);
});

describe("a script", () => {
  const script = (lines: string) => ({
    files: { s: `#!/bin/sh\n${lines}\n`, "s-client.sh": `#!/bin/sh\n${lines}\n` },
    executable: ["s", "s-client.sh"],
  });

  test("prints the password; only line ends are taken off", async () => {
    const given = { ...script("printf ' se cret \\n'"), vaultPasswordFile: ["s"] };
    expect((await passwordsOf(given)).passwords).toEqual(["default:  se cret "]);
  });

  test("is told the vault id when its name says that it takes one", async () => {
    const given = { ...script('echo "got $# $*"'), vaultId: ["dev@s-client.sh", "dev@s"] };
    expect((await passwordsOf(given)).passwords).toEqual(["dev: got 2 --vault-id dev", "dev: got 0 "]);
  });

  test.each([
    ["fails", "echo hunter2; exit 7", "s", "the vault password script s failed: exit 7"],
    ["is killed", "kill -9 $$", "s", "the vault password script s failed: it was killed"],
    ["prints nothing", "echo", "s", "the vault password script s printed no password"],
    ["prints without end", "head -c 100000 /dev/zero", "s", "the vault password script s printed too much"],
    [
      "does not know the id",
      "exit 2",
      "s-client.sh",
      "the vault password script s-client.sh failed: exit 2: it has no password for this vault id",
    ],
  ])("that %s", async (_what, lines, source, message) => {
    expect(await complaint({ ...script(lines), vaultId: [source] })).toBe(message);
  });

  test("without its interpreter", async () => {
    const given = { files: { s: "#!/no/such/interpreter\n" }, executable: ["s"], vaultPasswordFile: ["s"] };
    expect(await complaint(given)).toMatch(
      /^cannot run the vault password script s: ENOENT\n {2}hint: .*interpreter/,
    );
  });

  test("that is a password file by mistake is not given to a shell, which would show it", async () => {
    const given = { files: { s: "hunter2\n" }, executable: ["s"], vaultPasswordFile: ["s"] };
    const told = await complaint(given);
    expect(told).toMatch(/^the vault password file s is executable, but no script\n {2}hint: .*chmod a-x/);
    expect(told).not.toContain("hunter2");
  });
});

test.each<[string, Given, RegExp]>([
  [
    "a missing file",
    { vaultPasswordFile: ["nope"] },
    /^cannot read .*nope: no such file\n {2}hint: it was named as the source of a vault password$/,
  ],
  [
    "a missing file of the environment",
    { environment: { ANSIBLE_VAULT_PASSWORD_FILE: "nope" } },
    /nope: no such file/,
  ],
  ["a directory", { vaultPasswordFile: ["."] }, /it is a directory/],
  [
    "an empty file",
    { files: { p: " \n" }, vaultPasswordFile: ["p"] },
    /^the vault password file p is empty$/,
  ],
  [
    "an encrypted file",
    { files: { p: vaultText("inline") }, vaultPasswordFile: ["p"] },
    /^the vault password file p is encrypted itself/,
  ],
  [
    "an id without a source",
    { vaultId: ["dev@"] },
    /^--vault-id 'dev@' names no source\n {2}hint: write LABEL@/,
  ],
  ["an empty answer", { askVaultPass: true, answers: ["  "] }, /^no vault password was typed$/],
])("%s", async (_what, given, message) => {
  expect(await complaint(given)).toMatch(message);
});
