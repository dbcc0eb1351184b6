import { describe, expect, test } from "vitest";
import {
  checkFrame,
  commandFrame,
  openingFrame,
} from "../../../../src/transport/persistent/session-script.js";
import type { Command } from "../../../../src/transport/shell.js";

const command: Command = { argv: ["true"] };
const textOf = (more: Partial<Command>) => commandFrame({ ...command, ...more }, "N")?.text;

describe("a command's frame", () => {
  test("is one compound command, so that no part of it runs when the rest is lost", () => {
    expect(textOf({ argv: ["printf", "it's"] })).toBe(
      "{ farm_begin N\n(exec 3<&-\nexec printf 'it'\\''s') </dev/null 2>&3\nfarm_end N $?; }\n",
    );
  });

  test("has a number of its own each time", () => {
    const nonces = [commandFrame(command), commandFrame(command), openingFrame(), checkFrame()].map(
      (frame) => frame?.nonce,
    );
    expect(new Set(nonces).size).toBe(4);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{24}$/);
  });

  test("carries any stdin as a word of printable characters", () => {
    expect(textOf({ stdin: Buffer.from([0, 65, 39, 92, 37, 10, 255]) })).toContain(
      "\nprintf '\\000A\\047\\134\\045\n\\377' | (",
    );
    expect(textOf({ stdin: "-n" })).toContain("printf '\\055n' | (");
  });

  test("writes a long stdin in the background, since a child may keep it unread", () => {
    expect(textOf({ stdin: "x".repeat(4096) })).toContain("\nprintf 'x");
    expect(textOf({ stdin: "x".repeat(4097) })).toContain("\n{ printf 'x");
  });

  test.each<[string, Partial<Command>]>([
    ["a long stdin", { stdin: "x".repeat(128 * 1024) }],
    ["a stdin that is long only as text", { stdin: Buffer.alloc(40_000) }],
    ["a long argument", { argv: ["true", "x".repeat(128 * 1024)] }],
    ["a file", { stdin: { file: "/f", bytes: 1 } }],
  ])("takes no %s", (_, more) => {
    expect(textOf(more)).toBeUndefined();
  });

  test("holds no password", () => {
    const become = { method: "sudo", user: "root", password: "SECRET" } as const;
    expect(textOf({ become })).not.toContain("SECRET");
  });
});
