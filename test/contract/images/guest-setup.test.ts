import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { guestSetup, setupCommand, setupFile } from "../../../src/images/access/guest-setup.js";
import { shaCrypt } from "../../../src/keys/sha-crypt.js";
import { Auth } from "../../../src/load/definitions/vm-definition.js";
import type { Shell } from "../../../src/transport/shell.js";
import { hasPrivateViews, type PrivateView, privateShell, startView } from "../../lab/private-view.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const KEYS = ["ssh-ed25519 AAAA farm", "ssh-ed25519 BBBB it's mine"];

let scratch: string;
let view: PrivateView;
beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "farm-setup-"));
  view = await startView(scratch);
});
afterEach(async () => {
  await view.end();
  rmSync(scratch, { recursive: true, force: true });
});

const setup = (auth: object) =>
  guestSetup(Auth.parse(auth), "a b.example", KEYS, (password) => shaCrypt("sha512", password, "salt"));

describe.runIf(hasPrivateViews)("in a private view", () => {
  let shell: Shell;
  beforeEach(() => {
    shell = privateShell(view, scratch, PATH);
  });
  const inside = async (text: string) => (await shell.run({ argv: ["sh", "-c", text] })).stdout;

  test.each<[string, (auth: object) => Promise<{ code: number; stderr: string }>]>([
    ["over a connection", (auth) => shell.run(setupCommand(setup(auth)))],
    [
      "as a file",
      async (auth) => {
        writeFileSync(join(scratch, "setup"), setupFile(setup(auth)), { mode: 0o700 });
        return shell.run({ argv: ["sh", join(scratch, "setup")] });
      },
    ],
  ])("%s: a user with keys and passwords, twice the same", async (_how, run) => {
    const auth = { user: "farmer", password: "one", become_method: "su", become_password: "two" };
    for (const _round of [1, 2]) expect(await run(auth)).toMatchObject({ code: 0, stderr: "" });
    expect(await inside("cat /home/farmer/.ssh/authorized_keys")).toBe(`${KEYS.join("\n")}\n`);
    expect(await inside("ls -ld /home/farmer/.ssh /home/farmer/.ssh/authorized_keys | cut -c 1-10")).toBe(
      "drwx------\n-rw-------\n",
    );
    expect(await inside("id -un $(ls -n /home/farmer/.ssh/authorized_keys | awk '{ print $3 }')")).toBe(
      "farmer\n",
    );
    const shadow = await inside("grep -E '^(root|farmer):' /etc/shadow | cut -d: -f1,2 | sort");
    expect(shadow).toBe(
      `farmer:${shaCrypt("sha512", "one", "salt")}\nroot:${shaCrypt("sha512", "two", "salt")}\n`,
    );
    expect(await inside("hostname; cat /etc/hostname; grep -c a-b.example /etc/hosts")).toBe(
      "a-b.example\na-b.example\n1\n",
    );
  });

  test("an account without a password is not locked", async () => {
    expect(await shell.run(setupCommand(setup({ user: "farmer", become_method: "su" })))).toMatchObject({
      code: 0,
    });
    expect(await inside("grep ^farmer: /etc/shadow | cut -d: -f2")).toBe("*\n");
  });

  test("what is missing is told", async () => {
    const { code, stderr } = await shell.run(setupCommand(setup({ user: "farmer", become_method: "doas" })));
    expect([code, stderr]).toEqual([1, "there is no doas\n"]);
  });
});

test("neither passwords nor hashes are arguments", () => {
  const { argv, stdin } = setupCommand(setup({ user: "farmer", password: "s3cret" }));
  expect(argv.join(" ")).not.toMatch(/s3cret|\$6\$/);
  expect(String(stdin)).not.toContain("s3cret");
  expect(setupFile(setup({ user: "farmer", password: "s3cret" }))).not.toContain("s3cret");
  expect(execFileSync("sh", ["-n"], { input: setupFile(setup({})) }).length).toBe(0);
});
