import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localShell } from "../../../src/transport/local-shell.js";
import { runIntoFile } from "../../../src/transport/output-file.js";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-output-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const shell = localShell({ name: "here" });
const sh = (script: string) => ({ argv: ["sh", "-c", script] as const });

test("stdout becomes the file, and is not in the result", async () => {
  const file = join(directory, "file");
  const script = "head -c 3000000 /dev/zero; printf '\\377end'; echo err >&2";
  const result = await runIntoFile(shell, sh(script), file);
  expect(result).toEqual({ code: 0, stdout: "", stderr: "err\n" });
  const content = readFileSync(file);
  expect([content.length, content.subarray(-4).toString("latin1")]).toEqual([3_000_004, "\u00ffend"]);
  expect(readdirSync(directory)).toEqual(["file"]);
});

test("of a command that fails nothing is kept", async () => {
  const file = join(directory, "file");
  writeFileSync(file, "old");
  expect((await runIntoFile(shell, sh("echo new; exit 3"), file)).code).toBe(3);
  await expect(runIntoFile(shell, { ...sh("echo new; sleep 60"), timeoutMs: 200 }, file)).rejects.toThrow(
    "did not end within 0.2 s",
  );
  expect([readFileSync(file, "utf8"), readdirSync(directory)]).toEqual(["old", ["file"]]);
});

test("a file that cannot be written says why, and nothing runs", async () => {
  const running = runIntoFile(shell, sh(`: >${directory}/mark`), join(directory, "none", "file"));
  await expect(running).rejects.toThrow(/^cannot write '.*none\/file': ENOENT/);
  expect(readdirSync(directory)).toEqual([]);
});
