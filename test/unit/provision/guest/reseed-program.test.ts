import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reseedProgram } from "../../../../src/provision/guest/reseed-program.js";

const here = execFileSync("uname", ["-sm"], { encoding: "utf8" }).trim();
const program = here.startsWith("Linux ") ? reseedProgram(here.replace("Linux ", "")) : undefined;
const ENOTTY = 25;

test.runIf(program)("it asks the kernel by its standard input, and tells what it says", () => {
  const directory = mkdtempSync(join(tmpdir(), "farm-reseed-"));
  const path = join(directory, "reseed");
  writeFileSync(path, program ?? "", { mode: 0o700 });
  const { status } = spawnSync(path, { stdio: ["ignore", "inherit", "inherit"] });
  rmSync(directory, { recursive: true });
  expect(status).toBe(256 - ENOTTY); // /dev/null has no random numbers
});

test("there is none for other architectures", () => {
  expect(reseedProgram("s390x")).toBeUndefined();
});
