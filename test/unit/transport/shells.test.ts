import { describe, expect, test } from "vitest";
import { describeError, type FarmError, GuestError, HypervisorError } from "../../../src/errors.js";
import { withEnvironment } from "../../../src/transport/environment-shell.js";
import { plainText } from "../../../src/transport/plain-text.js";
import { preferring } from "../../../src/transport/ssh/ssh-connection.js";
import { connectError } from "../../../src/transport/ssh/ssh-errors.js";
import { failureKind, isTransient } from "../../../src/transport/ssh/ssh-failure.js";
import type { SshTarget } from "../../../src/transport/ssh/ssh-target.js";
import { writeFileCommand, writeFileFailure } from "../../../src/transport/write-file.js";
import { scriptedShell } from "../../fakes/scripted-shell.js";

test("an environment goes with every command, whose own wins", async () => {
  const real = scriptedShell([
    ["a", ""],
    ["open b", ""],
  ]);
  const shell = withEnvironment(real, { LC_ALL: "C", X: "1" });
  await shell.run({ argv: ["a"], env: { X: "2" } });
  (await shell.open({ argv: ["b"] })).close();
  expect(real.commands.map(({ env }) => env)).toEqual([
    { LC_ALL: "C", X: "2" },
    { LC_ALL: "C", X: "1" },
  ]);
});

describe("the scripted shell", () => {
  test("refuses what it does not expect, and what is left", async () => {
    const shell = scriptedShell([
      ["virsh list", ""],
      [/^virsh define \S+$/, { code: 1 }],
    ]);
    await expect(shell.run({ argv: ["virsh", "destroy"] })).rejects.toThrow(
      /expected: virsh list\n {2}actual: {3}virsh destroy/,
    );
    await shell.run({ argv: ["virsh", "list"] });
    expect(() => shell.done()).toThrow(/not asked for/);
    expect((await shell.run({ argv: ["virsh", "define", "x"] })).code).toBe(1);
    shell.done();
    await expect(shell.writeFile("/x", "")).rejects.toThrow(/\(nothing more\)/);
  });

  test("takes files, connections and any order", async () => {
    const steps = [
      ["writeFile /f", ""],
      ["connect 127.0.0.1:22", "SSH-2.0"],
      ["a", "1"],
    ] as const;
    const shell = scriptedShell(steps, { anyOrder: true });
    expect((await shell.run({ argv: ["a"] })).stdout).toBe("1");
    const socket = await shell.connect("127.0.0.1", 22);
    expect(String((await socket[Symbol.asyncIterator]().next()).value)).toBe("SSH-2.0");
    await shell.writeFile("/f", "text", 0o644);
    expect(shell.written).toEqual([{ path: "/f", content: "text", mode: 0o644 }]);
    shell.done();
  });
});

describe("errors of connecting", () => {
  const target: SshTarget = {
    name: "hv1",
    host: "10.0.0.1",
    port: 2222,
    user: "root",
    auth: { password: "hunter2" },
    hostKey: { kind: "known_hosts", files: [], strict: "yes" },
    readyTimeoutMs: 3000,
  };
  const login = { handler: () => undefined, tried: ["key /k"], notes: [] as string[] };
  const explain = (message: string, more: object = {}): FarmError =>
    connectError(Object.assign(new Error(message), more), target, login);

  test.each([
    [
      "connect",
      { code: "ECONNREFUSED", level: "client-socket" },
      /10\.0\.0\.1:2222\): connection refused/,
      "unreachable",
    ],
    ["read", { code: "ECONNRESET" }, /the connection was cut/, "unreachable"],
    ["x", { code: "EHOSTUNREACH" }, /no route to the host/, "unreachable"],
    ["x", { code: "ENOTFOUND" }, /no such host name/, "other"],
    [
      "Timed out while waiting for handshake",
      { level: "client-timeout" },
      /no SSH login within 3 s/,
      "unreachable",
    ],
    ["Connection lost before handshake", {}, /closed before an SSH server answered/, "unreachable"],
    [
      "All configured authentication methods failed",
      { level: "client-authentication" },
      /login of 'root' was refused; tried: key \/k/,
      "refused",
    ],
    ["Too many authentication failures", { code: 2 }, /login of 'root' was refused/, "refused"],
    [
      "Handshake failed: no matching key exchange algorithm",
      {},
      /no key exchange algorithm in common/,
      "other",
    ],
    ["\u001b[31mpwned\nnext", { code: 11 }, / \[31mpwned next$/, "other"],
  ])("%s %j", (message, more, text, kind) => {
    const error = explain(message, more);
    expect(error).toBeInstanceOf(HypervisorError);
    expect(error.message).toMatch(text);
    expect(failureKind(error)).toBe(kind);
    expect(isTransient(error)).toBe(kind === "unreachable");
    expect(describeError(error)).not.toContain("hunter2");
  });

  test("too many keys have a hint of their own; a guest has its own class", () => {
    expect(explain("Too many authentication failures", { code: 2 }).hint).toContain("IdentitiesOnly");
    const pinned = { kind: "pinned", key: undefined, onFirst: () => undefined } as const;
    expect(connectError(new Error("x"), { ...target, hostKey: pinned }, login)).toBeInstanceOf(GuestError);
  });

  test("other errors are no failures to connect", () => {
    expect(failureKind(new HypervisorError("virsh failed"))).toBeUndefined();
    expect(isTransient(new Error("x"))).toBe(false);
  });
});

test("known key types are asked for first", () => {
  expect(preferring(["ssh-rsa"]).slice(0, 4)).toEqual([
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
    "ssh-ed25519",
  ]);
  expect(preferring(["ecdsa-sha2-nistp256", "unknown"])[0]).toBe("ecdsa-sha2-nistp256");
  expect(new Set(preferring(["ssh-rsa"])).size).toBe(preferring([]).length);
});

test("text of other machines is made harmless", () => {
  expect(plainText("a\u001b[2J\r\nb\u202ec\u0000")).toBe("a [2J b c");
  expect(plainText("x".repeat(1000))).toHaveLength(303);
});

describe("writing a file", () => {
  test("keeps the content out of argv", () => {
    const command = writeFileCommand("~/a b", Buffer.from("SECRET"), 0o640, "u");
    expect(command.argv.join(" ")).not.toContain("SECRET");
    expect(command.argv[2]).toContain(`to="$HOME"/'a b'`);
    expect(command.argv[2]).toContain("chmod 640");
  });

  test.each([
    [{ code: 0, stdout: "", stderr: "warning" }, undefined],
    [
      { code: 2, stdout: "", stderr: "sh: 5: cannot create /x/y: Permission denied\n" },
      "cannot create /x/y: Permission denied",
    ],
    [{ code: 1, stdout: "", stderr: "" }, "exit status 1"],
  ])("%j fails with %s", (result, failure) => {
    expect(writeFileFailure(result)).toBe(failure);
  });
});
