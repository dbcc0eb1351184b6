import { existsSync, linkSync, readFileSync, statSync } from "node:fs";
import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeadlineError, type FarmError, InterruptedError } from "../../../src/errors.js";
import { runIntoFile } from "../../../src/transport/output-file.js";
import type { Shell } from "../../../src/transport/shell.js";
import { alive, pidBeforeTimeout } from "./ssh-lab.js";

interface Subject {
  readonly shell: Shell;
  /** Its home, seen from here. */
  readonly home: string;
  stop(): Promise<void>;
}

const gone = (pid: number) => expect.poll(() => alive(pid)).toBe(false);

/** What every real Shell promises; `make` starts one whose machine is this one. @param connects whether it opens connections, too */
export function shellContract(make: () => Promise<Subject>, { connects = true } = {}): void {
  let shell: Shell;
  let subject: Subject;
  beforeAll(async () => {
    subject = await make();
    shell = subject.shell;
  });
  afterAll(() => subject.stop());
  const sh = (script: string) => ["sh", "-c", script] as const;

  test("passes exit status, stdout and stderr", async () => {
    const result = await shell.run({ argv: sh("printf out; printf err >&2; exit 7") });
    expect(result).toEqual({ code: 7, stdout: "out", stderr: "err" });
  });

  test("any argument arrives as it is", async () => {
    const word = fc.string({ unit: "binary" }).map((text) => text.replace(/[\0\ud800-\udfff]/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 3 }), async (words) => {
        const { stdout } = await shell.run({ argv: ["printf", "%s\\n", "", ...words] });
        expect(stdout).toBe(["", ...words].map((text) => `${text}\n`).join(""));
      }),
      { numRuns: 15 },
    );
  });

  test("variables are in nobody's argv, with stdin or without, and stdin is what it was", async () => {
    const { shell } = subject;
    const env = { A: "pass word", B: "two\nlines\n", C: "\\n" };
    const look = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'pass[ ]word'; printf '%s,' "$A" "$B" "$C"; wc -c`;
    for (const bytes of [0, 3, 200_000]) {
      const { stdout } = await shell.run({ argv: sh(look), env, stdin: "x".repeat(bytes) });
      expect(stdout.replaceAll(" ", "")).toBe(`0\npassword,two\nlines\n,\\n,${bytes}\n`);
    }
  });

  test("env and cwd, also below the home", async () => {
    await mkdir(join(subject.home, "a b's"), { recursive: true });
    const env = { VALUE: 'it\'s $HOME \\ \n"x"' };
    const { stdout } = await shell.run({ argv: sh('pwd; printf %s "$VALUE"'), env, cwd: "~/a b's" });
    expect(stdout).toBe(`${join(subject.home, "a b's")}\n${env.VALUE}`);
  });

  test("a program that does not exist is 127, a missing directory 126", async () => {
    expect(await shell.run({ argv: ["no-such-program", "x"] })).toMatchObject({ code: 127, stdout: "" });
    expect(await shell.run({ argv: ["true"], cwd: "/no/such/directory" })).toMatchObject({ code: 126 });
  });

  test("a builtin of the shell is not a program", async () => {
    expect((await shell.run({ argv: ["export", "A=b"] })).code).toBe(127);
  });

  test("without stdin a command reads its end at once", async () => {
    expect(await shell.run({ argv: ["cat"], timeoutMs: 50_000 })).toMatchObject({ code: 0, stdout: "" });
  });

  test("stdin arrives byte by byte, and its end too", async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    const target = join(subject.home, "stdin.bin");
    await shell.run({ argv: sh(`cat >'${target}'`), stdin: bytes, timeoutMs: 50_000 });
    expect(readFileSync(target).equals(bytes)).toBe(true);
  });

  test("a command may leave its stdin unread", async () => {
    const result = await shell.run({ argv: sh("exit 3"), stdin: Buffer.alloc(5_000_000), timeoutMs: 50_000 });
    expect(result.code).toBe(3);
  });

  test("a signal's end is 128 + n, and SIGINT is not ignored", async () => {
    expect((await shell.run({ argv: sh("kill -KILL $$") })).code).toBe(137);
    expect((await shell.run({ argv: sh("kill -INT $$; exit 0"), stdin: "x" })).code).toBe(130);
  });

  test("bytes that are not UTF-8 are replaced", async () => {
    expect((await shell.run({ argv: ["printf", "a\\377b"] })).stdout).toBe("a\ufffdb");
  });

  test("long output of both streams is drained, and its last bytes kept", async () => {
    const script = "head -c 67108864 /dev/zero; echo end; head -c 8388608 /dev/zero >&2; echo fin >&2";
    let seen = 0;
    const onOutput = (_: string, chunk: Buffer) => {
      seen += chunk.length;
    };
    const result = await shell.run({ argv: sh(script) }, { maxOutputBytes: 1000, onOutput });
    expect(seen).toBe(67108864 + 4 + 8388608 + 4);
    expect(result.stdout).toHaveLength(1000);
    expect(result.stdout.endsWith("\0end\n")).toBe(true);
    expect(result.stderr.endsWith("\0fin\n")).toBe(true);
  });

  test("a background child that keeps the output does not hold the result up", async () => {
    const { stdout } = await shell.run({ argv: sh("sleep 300 & echo $!") });
    expect(alive(Number(stdout))).toBe(true);
    process.kill(Number(stdout));
  });

  test("a timeout ends the whole group and names the program only", async () => {
    const file = join(subject.home, "timeout.pid");
    const script = `sleep 301 & echo $! >'${file}'; sleep 302`;
    const pid = await pidBeforeTimeout(file, async (timeoutMs) => {
      const error = await shell.run({ argv: sh(script), timeoutMs }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DeadlineError);
      expect((error as FarmError).message).toBe(
        `'sh' on '${shell.name}' did not end within ${timeoutMs / 1000} s`,
      );
    });
    expect(alive(pid)).toBe(false);
  });

  test.each([
    ["no stdin", ""],
    ["stdin", "some"],
  ])("an abort ends a group that ignores TERM, and is told when all of it is gone (%s)", async (_, stdin) => {
    const file = join(subject.home, "abort.pid");
    const script = `(trap '' TERM; exec sleep 303) & echo $! >'${file}'; sleep 304`;
    const controller = new AbortController();
    const running = shell.run({ argv: sh(script), stdin }, { signal: controller.signal });
    await expect.poll(() => existsSync(file) && readFileSync(file, "utf8")).toMatch(/^\d+\n$/);
    controller.abort();
    await expect(running).rejects.toBeInstanceOf(InterruptedError);
    expect(alive(Number(readFileSync(file, "utf8")))).toBe(false);
    await writeFile(file, "");
  });

  test("an aborted signal starts nothing", async () => {
    const file = join(subject.home, "never");
    const run = shell.run({ argv: ["touch", file] }, { signal: AbortSignal.abort() });
    await expect(run).rejects.toBeInstanceOf(InterruptedError);
    expect(existsSync(file)).toBe(false);
  });

  test("twenty commands at once", async () => {
    const runs = Array.from({ length: 20 }, (_, index) =>
      shell.run({ argv: sh(`sleep 0.1; echo ${index}`) }),
    );
    const results = await Promise.all(runs);
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(runs.map((_, index) => index));
  });

  test("a long process is talked to, and its stdin's end is seen", async () => {
    const long = await shell.open({
      argv: sh("read line; echo got $line; read line; echo and $line; cat; exit 5"),
    });
    long.stdin.write("hello\nmore\n");
    let said = "";
    long.stdout.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    await expect.poll(() => said).toBe("got hello\nand more\n");
    long.stdin.end();
    expect(await long.ended).toEqual({ code: 5, stderr: "" });
  });

  test("a long process that ends by itself is noticed", async () => {
    const long = await shell.open({ argv: sh("echo bad >&2; exit 4") });
    long.stdout.resume();
    expect(await long.ended).toEqual({ code: 4, stderr: "bad\n" });
  });

  test("closing ends a long process that does not look at its stdin", async () => {
    const long = await shell.open({ argv: sh("echo $$; exec sleep 305") });
    const [pid] = (await long.stdout[Symbol.asyncIterator]().next()).value.toString().split("\n");
    long.close();
    expect((await long.ended).code).toBe(143);
    await gone(Number(pid));
  });

  test("writes files whole, with their mode, and leaves nothing beside", async () => {
    const directory = join(subject.home, "files");
    await mkdir(directory, { recursive: true });
    await shell.writeFile("~/files/it's $x", "first, and much longer");
    expect(statSync(join(directory, "it's $x")).mode & 0o7777).toBe(0o600);
    await shell.writeFile(join(directory, "it's $x"), Buffer.from([0, 255, 10]), 0o755);
    expect(statSync(join(directory, "it's $x")).mode & 0o7777).toBe(0o755);
    expect([...readFileSync(join(directory, "it's $x"))]).toEqual([0, 255, 10]);
    await shell.writeFile("~/files/empty", "");
    expect(await readdir(directory)).toEqual(["empty", "it's $x"]);
  });

  test("files of the controller go there and back as they are", async () => {
    const [from, there, back] = ["from", "there", "back"].map((name) => join(subject.home, name)) as [
      string,
      string,
      string,
    ];
    for (const bytes of [0, 100, 1_048_576, 3_000_000]) {
      const content = Buffer.from(Array.from({ length: bytes }, (_, index) => (index * index) % 253));
      await writeFile(from, content);
      await shell.writeFile(there, { file: from, bytes }, 0o640);
      expect(readFileSync(there).equals(content)).toBe(true);
      await shell.run({ argv: sh(`cat >'${there}'`), stdin: { file: from, bytes } });
      expect(readFileSync(there).equals(content)).toBe(true);
      expect((await runIntoFile(shell, { argv: ["cat", there] }, back)).code).toBe(0);
      expect(readFileSync(back).equals(content)).toBe(true);
    }
  });

  test("much stdin is in its file before the command starts, which has none; the file goes with it", async () => {
    const content = Buffer.alloc(1_500_000, "much of it, ");
    const stdinFile = "~/it's much";
    const show = sh('stat -c %a "$HOME/it\'s much"; cat "$HOME/it\'s much" -; exit 3');
    const given = { code: 3, stdout: `600\n${content}`, stderr: "" };
    expect(await shell.run({ argv: show, stdin: content, stdinFile })).toEqual(given);
    expect(existsSync(join(subject.home, "it's much"))).toBe(false);
  });

  test("what cannot go into such a file is stdin: there is one already, or it is little", async () => {
    const taken = join(subject.home, "taken");
    await writeFile(taken, "another's");
    for (const content of [Buffer.alloc(1_500_000, "x"), Buffer.from("little")]) {
      const { stdout } = await shell.run({ argv: ["cat"], stdin: content, stdinFile: taken });
      expect(content.equals(Buffer.from(stdout))).toBe(true);
    }
    expect(readFileSync(taken, "utf8")).toBe("another's");
  });

  test("a file that is not there is said so, and nothing runs", async () => {
    const [none, mark] = [join(subject.home, "none"), join(subject.home, "mark")];
    const run = shell.run({ argv: ["touch", mark], stdin: { file: none, bytes: 5 } });
    await expect(run).rejects.toThrow(`cannot send '${none}': ENOENT`);
    expect(existsSync(mark)).toBe(false);
  });

  test("a file is replaced as a whole: who has the old one open keeps it", async () => {
    const [file, old] = [join(subject.home, "replaced"), join(subject.home, "old")];
    await shell.writeFile(file, "old");
    linkSync(file, old);
    await shell.writeFile(file, "new");
    expect([readFileSync(file, "utf8"), readFileSync(old, "utf8")]).toEqual(["new", "old"]);
  });

  test("a file that cannot be written says why", async () => {
    await expect(shell.writeFile("/no/such/dir/x", "secret")).rejects.toThrow(
      new RegExp(
        `^cannot write '/no/such/dir/x' on '${shell.name}': .*(nonexistent|No such file|no such)`,
        "i",
      ),
    );
    await expect(shell.writeFile(subject.home, "secret")).rejects.toThrow(/it is a directory$/);
  });

  // An agent has all of stdin in a file before anything starts.
  if (!connects) return;
  test("a transfer that is given up leaves no file and starts nothing more", async () => {
    const [from, to] = [join(subject.home, "large"), join(subject.home, "given-up")];
    await writeFile(from, "");
    await truncate(from, 2 ** 36);
    const aborted = new AbortController();
    const stdin = { file: from, bytes: 2 ** 36 };
    const command = { argv: ["sleep", "305"] as const, stdin, stdinFile: to };
    const running = shell.run(command, { signal: aborted.signal });
    await expect.poll(() => existsSync(to)).toBe(true);
    aborted.abort();
    await expect(running).rejects.toBeInstanceOf(InterruptedError);
    await expect.poll(() => existsSync(to)).toBe(false);
  });

  test("connects to a port of that machine; a closed one is an error that may pass", async () => {
    const server = createServer((socket) => socket.end("banner"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const socket = await shell.connect("127.0.0.1", port);
    expect(
      String(
        await socket[Symbol.asyncIterator]()
          .next()
          .then(({ value }) => value),
      ),
    ).toBe("banner");
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await expect(shell.connect("127.0.0.1", port)).rejects.toThrow(/cannot connect from/);
  });
}
