import { describe, expect, test } from "vitest";
import {
  copyCommand,
  fetchCommand,
  headCommand,
  parseProgress,
  parseTransfer,
  sumsCommand,
} from "../../../../src/images/fetch/transfer.js";
import { copyFailure, transferFailure } from "../../../../src/images/fetch/transfer-failure.js";

const INTO = { part: "/p", from: "me" };

describe("commands", () => {
  const secret = 'https://me:hunter2@example.org/a.img?x=[1]\\"';
  test.each([
    fetchCommand("curl", secret, INTO),
    fetchCommand("wget", secret, INTO),
    fetchCommand("curl", secret, { ...INTO, resume: { offset: 5 } }),
    fetchCommand("wget", secret, { ...INTO, resume: { offset: 5 } }),
    headCommand("curl", secret),
    headCommand("wget", secret),
    sumsCommand("curl", secret),
    sumsCommand("wget", secret),
  ])("the URL stands in no argument: $argv.0", (command) => {
    expect(command.argv.join(" ")).not.toMatch(/hunter2|example/);
    expect(command.stdin).toContain("me:hunter2@example.org");
    expect(command.timeoutMs).toBeGreaterThan(0);
  });
  test("curl's configuration is quoted", () => {
    expect(fetchCommand("curl", 'https://x/a"b\\c', INTO).stdin).toBe('url = "https://x/a\\"b\\\\c"\n');
    expect(fetchCommand("wget", "https://x/a", INTO).stdin).toBe("https://x/a\n");
  });
  test("what goes on says where, and which file it began", () => {
    const resume = { offset: 5, ifRange: '"a"' };
    const curl = fetchCommand("curl", "https://x/a", { ...INTO, resume });
    expect(curl.argv.slice(-2)).toEqual(["-C", "5"]);
    expect(curl.argv.slice(3, 7)).toEqual(["farm-transfer", "/p", "me", "5"]);
    expect(curl.stdin).toBe('url = "https://x/a"\nheader = "If-Range: \\"a\\""\n');
    expect(fetchCommand("wget", "https://x/a", { ...INTO, resume }).argv).toEqual(
      expect.arrayContaining(["-c", '--header=If-Range: "a"']),
    );
  });
  test("HEAD and SUMS change nothing", () => {
    expect(headCommand("curl", secret).readOnly).toBe(true);
    expect(sumsCommand("wget", secret).readOnly).toBe(true);
    expect(fetchCommand("curl", secret, INTO).readOnly).toBeUndefined();
  });
  test("a path that looks like an option is none", () => {
    expect(copyCommand("-rf", "/p").argv.slice(-3)).toEqual(["--", "-rf", "/p"]);
  });
});

test.each([
  ["size 5 ", { done: 5 }],
  ["size 5 10", { done: 5, total: 10 }],
  ["size x", undefined],
  ["exit 0", undefined],
])("parseProgress(%j)", (line, expected) => expect(parseProgress(line)).toEqual(expected));

describe("parseTransfer", () => {
  test("reads what the script prints", () => {
    const out =
      "room 99\nsize 1 \nsize 2 9\nroom 50\nexit 18\nbytes 7\nmagic 514649fb\nheaders\nHTTP/1.1 200\r\ncontent-length: 9\r\n";
    expect(parseTransfer(out, "curl: (18) x")).toMatchObject({
      exit: 18,
      bytes: 7,
      magic: Buffer.from("514649fb", "hex"),
      headers: { status: 200, contentLength: 9 },
      stderr: "curl: (18) x",
      room: 50,
    });
    expect(parseTransfer(out, "")?.stderr).toContain("HTTP/1.1 200");
  });
  test("an empty file", () =>
    expect(parseTransfer("exit 0\nbytes 0\nmagic \nheaders\n", "")?.magic.length).toBe(0));
  test("a script that died", () => expect(parseTransfer("size 1 \n", "")).toBeUndefined());
});

describe("transferFailure", () => {
  const ended = (
    exit: number,
    more: { stderr?: string; bytes?: number; status?: number; length?: number; room?: number } = {},
  ) => ({
    ...(more.room !== undefined && { room: more.room }),
    exit,
    stderr: more.stderr ?? "",
    ...(more.bytes !== undefined && { bytes: more.bytes }),
    headers: {
      ...(more.status && { status: more.status }),
      ...(more.length !== undefined && { contentLength: more.length }),
    },
  });
  const passes = { mayPass: true };
  const stays = { mayPass: false };

  test("complete", () => {
    expect(transferFailure("curl", ended(0, { bytes: 5, length: 5, status: 200 }))).toBeUndefined();
    expect(transferFailure("curl", ended(0, { bytes: 5 }))).toBeUndefined();
  });

  test.each<["curl" | "wget", string, ReturnType<typeof ended>, object, RegExp]>([
    ["curl", "shorter than said", ended(0, { bytes: 4, length: 5 }), passes, /cut off: 4 bytes of 5 bytes/],
    ["curl", "404", ended(22, { status: 404 }), stays, /answered 404/],
    ["curl", "403", ended(22, { status: 403 }), stays, /answered 403/],
    ["curl", "429", ended(22, { status: 429 }), passes, /answered 429/],
    ["curl", "503", ended(22, { status: 503 }), passes, /answered 503/],
    [
      "curl",
      "503 in the text alone",
      ended(22, { stderr: "curl: (22) The requested URL returned error: 503" }),
      passes,
      /answered 503/,
    ],
    [
      "curl",
      "unknown host",
      ended(6, { stderr: "curl: (6) Could not resolve host: x" }),
      stays,
      /name is unknown \(Could not resolve host: x\)/,
    ],
    ["curl", "refused", ended(7), passes, /does not answer/],
    ["curl", "cut off", ended(18, { status: 200 }), passes, /cut off/],
    ["curl", "reset", ended(56), passes, /connection broke/],
    ["curl", "certificate", ended(60), stays, /certificate/],
    [
      "curl",
      "disk full",
      ended(23, { stderr: "curl: (23) Failure writing output to destination", bytes: 5, length: 9 }),
      { ...stays, local: true },
      /no space left after 5 bytes of 9 bytes$/,
    ],
    [
      "curl",
      "cannot write",
      ended(23, { stderr: "curl: (23) Failed to open the file", room: 2 ** 30 }),
      { ...stays, local: true },
      /cannot be written \(Failed to open the file\)/,
    ],
    ["curl", "killed", ended(137), passes, /curl was killed/],
    ["curl", "disk full, said", ended(23, { stderr: "No space left on device" }), stays, /no space left/],
    ["curl", "unheard of", ended(99), stays, /curl ended with 99/],
    ["wget", "404", ended(8, { stderr: "x ERROR 404: Not Found." }), stays, /answered 404/],
    ["wget", "500", ended(8, { status: 500 }), passes, /answered 500/],
    [
      "wget",
      "unknown host",
      ended(4, { stderr: "wget: unable to resolve host address 'x'" }),
      stays,
      /name is unknown/,
    ],
    ["wget", "network", ended(4, { stderr: "failed: Connection refused." }), passes, /refused/],
    ["wget", "cut off", ended(4, { bytes: 1, length: 2, status: 200 }), passes, /cut off/],
    ["wget", "certificate", ended(5), stays, /certificate/],
    ["wget", "disk full", ended(3, { stderr: "/p: No space left on device" }), stays, /no space left/],
  ])("%s: %s", (fetcher, _name, end, verdict, reason) => {
    expect(transferFailure(fetcher, end)).toMatchObject({
      ...verdict,
      reason: expect.stringMatching(reason),
    });
  });

  test("what a server says cannot draw on the terminal", () => {
    expect(transferFailure("curl", ended(7, { stderr: "curl: (7) \x1b[31mred" }))?.reason).not.toContain(
      "\x1b",
    );
  });

  test("copies", () => {
    expect(copyFailure(ended(0))).toBeUndefined();
    expect(copyFailure(ended(1, { stderr: "cp: cannot open 'x': Permission denied" }))).toMatchObject({
      mayPass: false,
      reason: "cannot open 'x': Permission denied",
    });
    expect(copyFailure(ended(1, { stderr: "cp: error writing: No space left on device" }))?.reason).toMatch(
      /no space/,
    );
  });
});
