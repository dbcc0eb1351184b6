import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { make } from "../../../src/tasks/modules/make.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { runModule } from "../../lab/module-machine.js";
import { toolPaths } from "../../lab/tool-paths.js";

const SHELLS = toolPaths("make");

describe.each(SHELLS)("make by $kind", ({ path }) => {
  let home: string;
  let shell: Shell;
  let PATH = "";
  beforeAll(() => {
    PATH = path();
  });
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "farm-make-"));
    mkdirSync(join(home, "s rc"));
    writeFileSync(join(home, "s rc/Makefile"), "out: in\n\tprintf '%s' '$(TEXT)' >out\nfails:\n\tfalse\n");
    writeFileSync(join(home, "s rc/in"), "");
    shell = localShell({ name: "here", home, env: { PATH } });
  });
  afterEach(async () => {
    await shell.close();
    rmSync(home, { recursive: true, force: true });
  });
  const run = (args: Record<string, unknown>, options = {}) =>
    runModule(make, { chdir: "~/s rc", ...args }, shell, options);
  const out = () => join(home, "s rc/out");

  it("makes a target once, and again when it is out of date", async () => {
    const args = { params: { TEXT: `a "b" $$c` } };
    expect(await run(args, { check: true })).toMatchObject({ changed: true });
    expect(existsSync(out())).toBe(false);
    expect(await run(args)).toMatchObject({ changed: true });
    expect(readFileSync(out(), "utf8")).toBe('a "b" $c');
    expect(await run({ ...args, jobs: 2, target: "out" })).toMatchObject({ changed: false });
    utimesSync(out(), 1, 1);
    expect(await run(args)).toMatchObject({ changed: true });
  });

  it("says what is wrong", async () => {
    expect(await run({ target: "fails" })).toMatchObject({ failed: true, rc: 2 });
    expect(await run({ target: "none" })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/No rule/),
    });
    expect(await run({ chdir: "/no such" })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/cannot work in/),
    });
    expect(await run({ make: "no-make" })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/install it/),
    });
  });
});
