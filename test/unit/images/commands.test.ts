import { describe, expect, test } from "vitest";
import { ConfigError, DeadlineError, ImageError, InterruptedError } from "../../../src/errors.js";
import { commitCommand } from "../../../src/images/fetch/commit-command.js";
import { withRetries } from "../../../src/images/fetch/retry.js";
import { parseVerification } from "../../../src/images/fetch/verify-command.js";
import { lockImage } from "../../../src/images/layout/image-lock.js";
import { lookupCommand, parseLookup } from "../../../src/images/layout/lookup-command.js";
import { parsePrepared, prepareCommand } from "../../../src/images/layout/prepare-command.js";
import { leafCommand } from "../../../src/images/overlay/leaf.js";
import { scriptedShell } from "../../fakes/scripted-shell.js";

const a = "a".repeat(64);
const meta = { sha256: a, format: "qcow2", virtualSizeBytes: 1024, sizeBytes: 100 } as const;
const nasty = "/pool; $(id) 'x'";

describe("nothing of the user's is part of a script", () => {
  const entry = { ...meta, url: "u", fetchedAt: "t" };
  test.each([
    prepareCommand(nasty),
    lookupCommand({ images: nasty, key: "k", file: nasty }),
    commitCommand({ images: nasty, key: "k", entry, part: nasty }),
    leafCommand({ ...meta, path: nasty }, nasty),
  ])("$argv.3", ({ argv, timeoutMs }) => {
    expect(argv.slice(0, 2)).toEqual(["sh", "-c"]);
    expect(argv[2]).not.toContain("$(id)");
    expect(argv.slice(4).join()).toContain(nasty);
    expect(timeoutMs).toBeGreaterThan(0);
  });
});

describe("prepare", () => {
  const tools = "tool curl\ntool flock\ntool qemu-img\ntool sha256sum\ntool sha512sum\n";
  test("reads home, pool and tools", () => {
    expect(parsePrepared("hv", `home /root\npool /root/a b\n${tools}`)).toEqual({
      name: "hv",
      home: "/root",
      pool: "/root/a b",
      images: "/root/a b/farm/images",
      fetcher: "curl",
    });
  });
  test.each([
    [tools.replace("curl", "wget"), "wget"],
    [tools.replace("tool curl\n", ""), undefined],
    [`tool wget\n${tools}`, "curl"],
  ])("%j fetches with %s", (said, fetcher) => {
    expect(parsePrepared("hv", `home /r\npool /r\n${said}`).fetcher).toBe(fetcher);
  });
  test("a tool that is missing is named with its package", () => {
    const work = () => parsePrepared("hv", `home /r\npool /r\n${tools.replace("tool qemu-img\n", "")}`);
    expect(work).toThrow(
      expect.objectContaining({ message: "'hv' has no qemu-img", hint: expect.stringMatching(/qemu-utils/) }),
    );
  });
  test("a home that says nothing", () => {
    expect(() => parsePrepared("hv", `home \npool \n${tools}`)).toThrow(ImageError);
  });
  test.each([
    ["~/x/", "~/x"],
    ["/", "/"],
    ["~", "~"],
    ["/a//", "/a"],
  ])("the pool %s", (pool, argument) => expect(prepareCommand(pool).argv.at(-2)).toBe(argument));
  test.each(["x", "~user/x", ""])("the pool %j is a mistake", (pool) => {
    expect(() => prepareCommand(pool)).toThrow(ConfigError);
  });
});

describe("lookup", () => {
  test("reads index, image and file", () => {
    const out = `index ${JSON.stringify({ ...meta, url: "u", fetchedAt: "t" })}\nstored 100 ${JSON.stringify(meta)}\nfile 1 2.5 3\n`;
    expect(parseLookup(out)).toMatchObject({ index: { url: "u" }, stored: meta, fileKey: "1 2.5 3" });
  });
  test.each([
    "",
    `stored 99 ${JSON.stringify(meta)}`,
    'stored 100 {"sha256":"../../etc"}',
    "stored 100 garbage",
    `stored 100 ${JSON.stringify({ ...meta, format: "vmdk" })}`,
  ])("%j: not there", (out) => expect(parseLookup(out).stored).toBeUndefined());
});

describe("verification", () => {
  test("reads what the script prints", () => {
    const out = `sha256 ${a}\nsize 5\nfile 1 2 3\ncheck 2\ninfo\n{"a":\n1}\n`;
    expect(parseVerification(out)).toEqual({
      sha256: a,
      sha512: undefined,
      sizeBytes: 5,
      check: 2,
      info: '{"a":\n1}\n',
      fileKey: "1 2 3",
    });
  });
  test("stopped at a wrong digest", () => {
    expect(parseVerification(`sha256 ${a}\nsize 5\n`)).toMatchObject({ check: undefined, info: "" });
  });
  test.each(["", `sha256 ${a}\n`, "size 5\n"])("%j is not what the script prints", (out) => {
    expect(parseVerification(out)).toBeUndefined();
  });
});

describe("withRetries", () => {
  const run = (failures: boolean[], signal = new AbortController().signal) => {
    const rest = [...failures];
    const slept: number[] = [];
    const result = withRetries(
      async () => {
        const mayPass = rest.shift();
        return mayPass === undefined ? { value: "ok" } : { reason: "it broke", mayPass, hint: "wait" };
      },
      {
        clock: {
          now: () => 0,
          sleep: async (ms, given) => {
            given?.throwIfAborted();
            slept.push(ms);
          },
        },
        signal,
        what: "cannot fetch",
        onRetry: () => undefined,
      },
    );
    return { result, slept };
  };
  test("what passes", async () => {
    const { result, slept } = run([true, true, true]);
    expect(await result).toBe("ok");
    expect(slept).toEqual([1000, 3000, 9000]);
  });
  test("what does not pass in four tries", async () => {
    await expect(run([true, true, true, true]).result).rejects.toMatchObject({
      message: "cannot fetch: it broke (tried 4 times)",
      hint: "wait",
    });
  });
  test("what cannot pass", async () => {
    const { result, slept } = run([false]);
    await expect(result).rejects.toThrow(/^cannot fetch: it broke$/);
    expect(slept).toEqual([]);
  });
  test("an interruption while it waits", async () => {
    await expect(run([true], AbortSignal.abort()).result).rejects.toBeInstanceOf(InterruptedError);
  });
});

describe("lockImage", () => {
  const question = { images: "/i", key: "k" };
  const never = {
    now: () => 0,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_ok, no) => signal?.addEventListener("abort", no)),
  };
  const lock = (
    answer: string | { code: number; stdout?: string; stderr: string },
    more: { signal?: AbortSignal; clock?: typeof never; onWaiting?: undefined } = {},
  ) => {
    const heard: string[] = [];
    const how = "onWaiting" in more ? "leave" : "wait";
    const command = new RegExp(`^open sh -c [\\s\\S]* farm-lock /i k {3}/i/locks/k me ${how}$`);
    const shell = scriptedShell([[command, answer]], { name: "hv" });
    const onWaiting = (owner: string) => heard.push(owner);
    return { heard, work: lockImage(shell, question, { clock: never, owner: "me", onWaiting, ...more }) };
  };

  test("looks again when it has the lock", async () => {
    const { heard, work } = lock(`held by you@there, run 1\nstored 100 ${JSON.stringify(meta)}\nlocked\n`);
    const held = await work;
    expect(held.lookup.stored).toEqual(meta);
    expect(heard).toEqual(["you@there, run 1"]);
    await held.release();
  });
  test("tells why it cannot lock", async () => {
    await expect(lock({ code: 1, stderr: "sh: Permission denied" }).work).rejects.toThrow(
      "cannot lock an image on 'hv': sh: Permission denied",
    );
  });
  test("says who has it, where nobody is waited for", async () => {
    const held = { code: 75, stdout: "held by you@there\u001b[2J, run 1\n", stderr: "" };
    await expect(lock(held, { onWaiting: undefined }).work).rejects.toThrow(
      "another farm fetches the same image on 'hv': you@there",
    );
  });
  test("does not wait for ever", async () => {
    const clock = { now: () => 0, sleep: async () => undefined };
    await expect(lock("held by you\n", { clock }).work).rejects.toBeInstanceOf(DeadlineError);
  });
  test("stops when it is told to", async () => {
    const controller = new AbortController();
    const { work } = lock("held by you\n", { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(work).rejects.toBeInstanceOf(InterruptedError);
  });
});
