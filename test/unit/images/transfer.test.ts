import { describe, expect, test } from "vitest";
import {
  copyCommand,
  fetchCommand,
  headCommand,
  parseHeaders,
  parseProgress,
  parseTransfer,
  sumsCommand,
} from "../../../src/images/transfer.js";
import { copyFailure, transferFailure } from "../../../src/images/transfer-failure.js";

describe("commands", () => {
  const secret = 'https://me:hunter2@example.org/a.img?x=[1]\\"';
  test.each([
    fetchCommand("curl", secret, "/p"),
    fetchCommand("wget", secret, "/p"),
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
    expect(fetchCommand("curl", 'https://x/a"b\\c', "/p").stdin).toBe('url = "https://x/a\\"b\\\\c"\n');
    expect(fetchCommand("wget", "https://x/a", "/p").stdin).toBe("https://x/a\n");
  });
  test("HEAD and SUMS change nothing", () => {
    expect(headCommand("curl", secret).readOnly).toBe(true);
    expect(sumsCommand("wget", secret).readOnly).toBe(true);
    expect(fetchCommand("curl", secret, "/p").readOnly).toBeUndefined();
  });
  test("a path that looks like an option is none", () => {
    expect(copyCommand("-rf", "/p").argv.slice(-3)).toEqual(["--", "-rf", "/p"]);
  });
});

describe("parseHeaders", () => {
  test("of several responses, the last", () => {
    const text =
      'HTTP/1.1 302 Found\r\nContent-Length: 5\r\nETag: "old"\r\n\r\nHTTP/2 200\r\ncontent-length: 42\r\nETag: W/"a"\r\nLast-Modified: Mon\r\n\r\n';
    expect(parseHeaders(text)).toEqual({
      status: 200,
      contentLength: 42,
      etag: 'W/"a"',
      lastModified: "Mon",
    });
  });
  test("as wget prints them", () => {
    expect(
      parseHeaders("  HTTP/1.0 404 Not Found\n  Content-Length: 9\nhttp://x:\n2026 ERROR 404: Not Found.\n"),
    ).toEqual({ status: 404, contentLength: 9 });
  });
  test("a packed transfer's length is not the file's", () => {
    expect(
      parseHeaders("HTTP/1.1 200\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n").contentLength,
    ).toBeUndefined();
  });
  test.each(["", "garbage", "content-length: 5"])("%j tells nothing", (text) =>
    expect(parseHeaders(text)).toEqual({}),
  );
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
      "size 1 \nsize 2 9\nexit 18\nbytes 7\nmagic 514649fb\nheaders\nHTTP/1.1 200\r\ncontent-length: 9\r\n";
    expect(parseTransfer(out, "curl: (18) x")).toMatchObject({
      exit: 18,
      bytes: 7,
      magic: Buffer.from("514649fb", "hex"),
      headers: { status: 200, contentLength: 9 },
    });
  });
  test("an empty file", () =>
    expect(parseTransfer("exit 0\nbytes 0\nmagic \nheaders\n", "")?.magic.length).toBe(0));
  test("a script that died", () => expect(parseTransfer("size 1 \n", "")).toBeUndefined());
});

describe("transferFailure", () => {
  const ended = (
    exit: number,
    more: { stderr?: string; bytes?: number; status?: number; length?: number } = {},
  ) => ({
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
      ended(23, { stderr: "curl: (23) Failure writing output to destination" }),
      stays,
      /cannot be written/,
    ],
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
