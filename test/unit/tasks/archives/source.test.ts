import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sendable } from "../../../../src/tasks/archives/source.js";
import type { ControllerFiles } from "../../../../src/tasks/module/module.js";

const LARGE = 1024 * 1024 + 1;
const FILES: ControllerFiles = {
  find: async (_kind, path) => path,
  read: async () => Buffer.from("read, decrypted"),
  resolve: (path) => path,
};

describe("sendable", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "farm-source-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const file = (content: string) => {
    const path = join(directory, "f");
    writeFileSync(path, content);
    return path;
  };

  it("sends a large file from where it is", async () => {
    const path = file("x".repeat(LARGE));
    expect(await sendable(FILES, path, true)).toEqual({ file: path, bytes: LARGE });
  });

  it("reads a small one, and a vault's whatever its size", async () => {
    expect(String(await sendable(FILES, file("x"), true))).toBe("read, decrypted");
    expect(String(await sendable(FILES, file(`$ANSIBLE_VAULT;1.1\n${"x".repeat(LARGE)}`), true))).toBe(
      "read, decrypted",
    );
  });

  it("sends a vault as it is, when told so", async () => {
    const path = file("$ANSIBLE_VAULT;1.1\n");
    expect(await sendable(FILES, path, false)).toEqual({ file: path, bytes: 19 });
  });
});
