import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/clock.js";
import { persistentShell } from "../../../src/transport/persistent/persistent-shell.js";
import type { Command, Shell } from "../../../src/transport/shell.js";
import { alive } from "./ssh-lab.js";

interface Subject {
  readonly shell: Shell;
  /** The same machine without sessions. */
  readonly plain: Shell;
  readonly home: string;
  stop(): Promise<void>;
}

/** What is promised where commands share a `sh` on the other side: that none of them notices. */
export function sessionContract(make: () => Promise<Subject>): void {
  let shell: Shell;
  let subject: Subject;
  beforeAll(async () => {
    subject = await make();
    shell = subject.shell;
  });
  afterAll(() => subject.stop());

  const sh = (script: string, more: Partial<Command> = {}): Command => ({
    argv: ["sh", "-c", script],
    ...more,
  });
  const run = async (script: string, more?: Partial<Command>) => (await shell.run(sh(script, more))).stdout;
  const session = () => run("echo $PPID");
  const file = (name: string) => join(subject.home, name);
  const end = (pid: string) => process.kill(Number(pid), "SIGKILL");

  test("commands one after the other share a shell", async () => {
    const pid = await session();
    expect(pid).toMatch(/^\d+\n$/);
    expect(await session()).toBe(pid);
    expect(await run("cat; echo $PPID", { stdin: "in\n" })).toBe(`in\n${pid}`);
    expect((await shell.run(sh("exit 3", { stdin: "unread" }))).code).toBe(3);
    expect((await shell.run(sh("kill -KILL $$"))).code).toBe(137);
    expect(await session()).toBe(pid);
  });

  test("nothing is left for the next: directory, environment, umask, limits, signals, descriptors", async () => {
    const look = sh(
      // SigQ counts all of the user's processes on the machine.
      'pwd; umask; ulimit -n; env | sort | grep -v "^_="; grep "^Sig[^Q]" /proc/self/status; ls /proc/self/fd',
    );
    const before = await shell.run(look);
    const pid = await session();
    const dirty =
      'umask 0; ulimit -n 64; trap "" INT HUP; cd /; export LEFT=x; exec 5>&1; set -eu; echo $LEFT';
    expect(await run(dirty, { env: { LEFT: "y", PATH: process.env.PATH ?? "" }, cwd: "/" })).toBe("x\n");
    expect(await shell.run(look)).toEqual(before);
    expect(await session()).toBe(pid);
  });

  test.each([
    ["a word of the shell", "if true; then echo '}' '$(exit)' '\\001'; fi; exit 5"],
    ["a group that ends itself", "trap 'echo end' EXIT; echo out; kill 0; sleep 60"],
    ["a group that ends itself by KILL", "echo out; kill -KILL 0; sleep 60"],
    ["a group that hangs up", "echo out; kill -HUP 0; sleep 60"],
    ["a command that ends its parent's shell", "echo out; kill -KILL $PPID; exec >&- 2>&-"],
    ["an interrupted one", "kill -INT $$"],
    ["a closed output", "exec >&- 2>&-; exit 4"],
    ["a child's last words", "(sleep 0.2; echo late; echo err >&2) & echo now"],
  ])("%s is as without a session", async (_, script) => {
    // A shell around the command may say "Terminated" on stderr, and which one that is differs.
    const { code, stdout } = await subject.plain.run(sh(script));
    expect(await shell.run(sh(script))).toMatchObject({ code, stdout });
    expect(await run("echo next")).toBe("next\n");
  });

  test("stdin of any bytes and lengths, read or not", async () => {
    const target = file("stdin");
    for (const length of [1, 256, 4096, 4097, 20_000, 70_000]) {
      const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 256));
      await run(`cat >'${target}'`, { stdin: bytes });
      expect(readFileSync(target).equals(bytes)).toBe(true);
      expect(await run("echo unread", { stdin: bytes })).toBe("unread\n");
    }
    expect(await run("cat", { stdin: "-n %s %% \\n '" })).toBe("-n %s %% \\n '");
  });

  test("output of any bytes, on both streams", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => ((index * index) % 251) % 4));
    writeFileSync(file("bytes"), bytes);
    const seen: Record<string, Buffer[]> = { stdout: [], stderr: [] };
    const onOutput = (stream: "stdout" | "stderr", chunk: Buffer) => void seen[stream]?.push(chunk);
    const script = `cat '${file("bytes")}'; head -c 69999 '${file("bytes")}' >&2`;
    await shell.run(sh(script), { onOutput, maxOutputBytes: 0 });
    expect(Buffer.concat(seen["stdout"] ?? []).equals(bytes)).toBe(true);
    expect(Buffer.concat(seen["stderr"] ?? []).equals(bytes.subarray(0, 69_999))).toBe(true);
  });

  test("output comes while the command runs", async () => {
    const go = file("go");
    const onOutput = () => writeFileSync(go, "");
    const script = `printf ready; until [ -e '${go}' ]; do sleep 0.01; done; echo " and gone"`;
    expect((await shell.run(sh(script, { timeoutMs: 20_000 }), { onOutput })).stdout).toBe(
      "ready and gone\n",
    );
  });

  test.each([
    ["stdout", "2>/dev/null"],
    ["stderr", ">/dev/null"],
    ["stdout as another descriptor", "5>&1 >/dev/null 2>&1"],
  ])("a child in a group of its own that holds %s cannot speak into the next command", async (_, output) => {
    const [go, ready, said] = [file("speak"), file("ready"), file("said")];
    for (const name of [go, ready, said]) rmSync(name, { force: true });
    const speak = "trap '' PIPE; echo late; echo late >&2; echo late >&5";
    writeFileSync(
      file("child"),
      `: >'${ready}'; until [ -e '${go}' ]; do sleep 0.01; done; ${speak}; : >'${said}'`,
    );
    const start = `setsid sh '${file("child")}' ${output} </dev/null &`;
    await run(`${start} until [ -e '${ready}' ]; do :; done`);
    const next = `: >'${go}'; until [ -e '${said}' ]; do sleep 0.01; done; echo own`;
    expect(await shell.run(sh(next))).toEqual({ code: 0, stdout: "own\n", stderr: "" });
  });

  test("a child that outlives its command outlives the next one's timeout, and the shell", async () => {
    const other = await make();
    const pid = (await other.shell.run(sh("sleep 311 >/dev/null 2>&1 & echo $!"))).stdout;
    const late = other.shell.run(sh("sleep 312", { timeoutMs: 300 }));
    await expect(late).rejects.toThrow("did not end within 0.3 s");
    await other.stop();
    expect(alive(Number(pid))).toBe(true);
    end(pid);
  });

  test("a daemon that has let go of everything costs no session", async () => {
    const before = await session();
    const settled = 'until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done';
    const pid = await run(`setsid sleep 313 </dev/null >/dev/null 2>&1 & echo $!; ${settled}`);
    const after = await session();
    end(pid);
    expect(after).toBe(before);
  });

  test("a session goes on after a command that ran for long", async () => {
    let now = 0;
    const clock: Clock = { ...systemClock, now: () => (now += 2000) };
    const late = persistentShell(subject.plain, clock);
    const pid = async () => (await late.run(sh("echo $PPID"))).stdout;
    const first = await pid();
    expect([await pid(), await pid()]).toEqual([first, first]);
  });

  test("a session that is killed while it waits is replaced", async () => {
    const pid = await session();
    end(pid);
    await expect.poll(() => alive(Number(pid))).toBe(false);
    expect(await session()).not.toBe(pid);
  });

  test("a long argument, and one that is too long for a session", async () => {
    const count = "printf %s $0 | wc -c";
    for (const length of [100_000, 125_000]) {
      const { stdout } = await shell.run({ argv: ["sh", "-c", count, "x".repeat(length)] });
      expect(Number(stdout)).toBe(length);
    }
  });
}
