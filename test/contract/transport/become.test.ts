import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DeadlineError } from "../../../src/errors.js";
import { becomeCommand } from "../../../src/transport/become.js";
import { localShell } from "../../../src/transport/local-shell.js";
import { persistentShell } from "../../../src/transport/persistent/persistent-shell.js";
import type { Become, Command, Shell } from "../../../src/transport/shell.js";
import { connectSsh } from "../../../src/transport/ssh/ssh-shell.js";
import { type LabSshd, startSshd } from "../../lab/sshd.js";
import { alive, pidBeforeTimeout, targetOf } from "./ssh-lab.js";

const USER = "farm-become-test";
const PASSWORD = 'pass word\'s \\ "$x"';
const SUDOERS = `/etc/sudoers.d/${USER}`;
const has = (program: string) => ["/bin", "/usr/bin"].some((path) => existsSync(join(path, program)));

/** A user with a password, whom sudo may ask for it or not, and who logs in over SSH. */
describe.skipIf(process.getuid?.() !== 0 || !has("sudo")).each([
  ["each command by itself", (shell: Shell) => shell],
  ["in a shell that stays", (shell: Shell) => persistentShell(shell)],
])("become, %s", (manner, wrap) => {
  let sshd: LabSshd;
  let user: Shell;
  let root: Shell;
  const directory = mkdtempSync(join(tmpdir(), "farm-become-"));
  const sudoers = (tag: string) => {
    writeFileSync(SUDOERS, `${USER} ALL=(ALL) ${tag}ALL\n`, { mode: 0o440 });
  };
  beforeAll(async () => {
    chmodSync(directory, 0o777);
    execFileSync("useradd", ["-m", "-s", "/bin/sh", USER]);
    execFileSync("chpasswd", { input: `${USER}:${PASSWORD}\n` });
    sshd = await startSshd();
  });
  beforeEach(async () => {
    root = wrap(localShell({ name: "here" }));
    user = wrap(await connectSsh(targetOf(sshd, { user: USER })));
  });
  afterEach(async () => {
    await root.close();
    await user.close();
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(SUDOERS, { force: true });
    rmSync(directory, { recursive: true });
    execFileSync("userdel", ["-r", USER], { stdio: "ignore" });
  });
  const become = (command: Command, how: Partial<Become> = {}) =>
    becomeCommand(command, { method: "sudo", user: "root", ...how });
  const who: Command = {
    argv: ["sh", "-c", 'id -un; echo "$HOME $V"; pwd; cat; echo err >&2'],
    env: { V: "it's" },
    cwd: "~/",
  };

  test("sudo without a password: user, home, env, directory and stdin", async () => {
    sudoers("NOPASSWD: ");
    const result = await user.run(become({ ...who, stdin: "in\n" }));
    expect(result).toEqual({ code: 0, stdout: "root\n/root it's\n/root\nin\n", stderr: "err\n" });
  });

  test("sudo with a password, also where none is asked for: it never reaches the command", async () => {
    for (const tag of ["", "NOPASSWD: "]) {
      sudoers(tag);
      const result = await user.run(become({ ...who, stdin: "in\n" }, { password: PASSWORD }));
      expect(result).toEqual({ code: 0, stdout: "root\n/root it's\n/root\nin\n", stderr: "err\n" });
    }
  });

  test("sudo with a wrong password, or none where one is needed, fails at once", async () => {
    sudoers("");
    const wrong = await user.run(become({ ...who, timeoutMs: 20_000 }, { password: "wrong" }));
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toMatch(/sudo: 1 incorrect password attempt\n$/);
    const none = await user.run(become(who));
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("a password is required");
  });

  test("the process of another user ends at a timeout, with all it started", async () => {
    sudoers("NOPASSWD: ");
    for (const method of ["sudo", "su"] as const) {
      const file = join(directory, `${method}.pid`);
      const script = `(trap '' TERM; exec sleep 309) & echo $! >${file}; sleep 310`;
      const shell = method === "sudo" ? user : root;
      const target = method === "sudo" ? "root" : USER;
      const pid = await pidBeforeTimeout(file, async (timeoutMs) => {
        const run = shell.run(become({ argv: ["sh", "-c", script], timeoutMs }, { method, user: target }));
        await expect(run).rejects.toBeInstanceOf(DeadlineError);
      });
      expect(alive(pid)).toBe(false);
    }
  });

  test("su by root needs no password; by others it does", async () => {
    const down = await root.run(become({ ...who, stdin: "in\n" }, { method: "su", user: USER }));
    expect(down).toEqual({
      code: 0,
      stdout: `${USER}\n/home/${USER} it's\n/home/${USER}\nin\n`,
      stderr: "err\n",
    });
    const same = await user.run(
      become({ ...who, stdin: "in\n" }, { method: "su", user: USER, password: PASSWORD }),
    );
    expect(same.stdout).toBe(`${USER}\n/home/${USER} it's\n/home/${USER}\nin\n`);
    const wrong = await user.run(become(who, { method: "su", user: USER, password: "wrong" }));
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
  });

  test.skipIf(manner !== "in a shell that stays")("sudo is asked once for many commands", async () => {
    sudoers("");
    const shellPid = async () =>
      (await user.run(become({ argv: ["sh", "-c", "echo $PPID"] }, { password: PASSWORD }))).stdout;
    expect(await shellPid()).toBe(await shellPid());
  });

  test("a lock held by another user ends with its stdin", async () => {
    sudoers("");
    const lock = await user.open(become({ argv: ["cat"] }, { password: PASSWORD }));
    lock.stdin.write("held\n");
    expect(String((await lock.stdout[Symbol.asyncIterator]().next()).value)).toBe("held\n");
    lock.close();
    expect((await lock.ended).code).toBe(0);
  });

  test("the password is in nobody's argv or environment", async () => {
    sudoers("");
    const look =
      "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c 'pass word' ";
    const { stdout } = await user.run(
      become({ argv: ["sh", "-c", `${look.replace("pass", "pas[s]")}`] }, { password: PASSWORD }),
    );
    expect(stdout).toBe("0\n");
  });
});
