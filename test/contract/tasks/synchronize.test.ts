import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { synchronize } from "../../../src/tasks/modules/synchronize.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { runModule } from "../../lab/module-machine.js";
import { toolPaths } from "../../lab/tool-paths.js";

const SHELLS = toolPaths();
const MODES = ["push", "pull"] as const;
const LONG = `${"long/".repeat(30)}${"n".repeat(120)}`;
const ODD = 'it\'s "odd" $HOME\\n\n*end ';

describe.each(SHELLS.flatMap((shell) => MODES.map((mode) => ({ ...shell, mode }))))(
  "synchronize by $kind, $mode",
  ({ path, mode }) => {
    let home: string;
    let shell: Shell;
    let PATH = "";
    beforeAll(() => {
      PATH = path();
    });
    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), "farm-sync-test-"));
      shell = localShell({ name: "here", home, env: { PATH } });
      const src = join(home, "s rc");
      mkdirSync(join(src, "sub/deep"), { recursive: true });
      mkdirSync(join(src, LONG, ".."), { recursive: true });
      writeFileSync(join(src, "run"), "#!/bin/sh\n", { mode: 0o750 });
      writeFileSync(join(src, "sub", ODD), "odd\n");
      writeFileSync(join(src, "sub/deep/empty"), "");
      writeFileSync(join(src, LONG), Buffer.alloc(10_000_000, "0123456789\0"));
      symlinkSync("../run", join(src, "sub/link"));
      utimesSync(join(src, "run"), 1_600_000_000, 1_600_000_000);
    });
    afterEach(async () => {
      await shell.close();
      rmSync(home, { recursive: true, force: true });
    });
    const src = (name = "") => join(home, "s rc", name);
    const at = (name: string) => join(home, "de st", name);
    const run = (args: Record<string, unknown> = {}, options = {}) =>
      runModule(synchronize, { src: `${src()}/`, dest: join(home, "de st"), mode, ...args }, shell, options);
    /** What is done once is not done again. */
    async function settled(args: Record<string, unknown> = {}): Promise<void> {
      expect(await run(args)).toMatchObject({ changed: false, stdout_lines: [] });
    }

    it("copies a tree once", async () => {
      expect(await run({}, { check: true })).toMatchObject({ changed: true });
      expect(existsSync(at(""))).toBe(false);
      expect(await run()).toMatchObject({ changed: true });
      expect(readFileSync(at(`sub/${ODD}`), "utf8")).toBe("odd\n");
      expect(readFileSync(at(LONG)).equals(readFileSync(src(LONG)))).toBe(true);
      expect(readlinkSync(at("sub/link"))).toBe("../run");
      const { mode: bits, mtimeMs } = statSync(at("run"));
      expect([bits & 0o777, mtimeMs]).toEqual([0o750, 1_600_000_000_000]);
      await settled();
      expect(readdirSync(home).sort()).toEqual(["de st", "s rc"]);
    });

    it("sends what changed, and sets what is only otherwise", async () => {
      await run();
      writeFileSync(src("sub/deep/empty"), "full");
      chmodSync(src("run"), 0o700);
      rmSync(at("sub/link"));
      writeFileSync(at("sub/link"), "no link");
      writeFileSync(at("mine"), "");
      const sign = mode === "push" ? "<" : ">";
      const { stdout_lines } = await run();
      expect(stdout_lines).toEqual([
        ".f...p..... run",
        expect.stringMatching(new RegExp(`^\\${sign}f\\.s[t.]\\.+ sub/deep/empty$`)),
        "cL+++++++++ sub/link -> ../run",
      ]);
      expect(statSync(at("run")).mode & 0o777).toBe(0o700);
      expect(readlinkSync(at("sub/link"))).toBe("../run");
      expect(existsSync(at("mine"))).toBe(true);
      await settled();
    });

    it("deletes what the source does not have, but what is left out", async () => {
      await run();
      mkdirSync(at("old/cache"), { recursive: true });
      writeFileSync(at("old/cache/kept.o"), "");
      writeFileSync(at("old/gone"), "");
      mkdirSync(at("other"));
      writeFileSync(at("other/gone"), "");
      const args = { delete: true, rsync_opts: ["--exclude=*.o", "--exclude", "/sub/deep"] };
      expect(await run(args, { check: true })).toMatchObject({
        stdout_lines: ["*deleting   old/gone", "*deleting   other"].sort(),
      });
      expect(await run(args)).toMatchObject({ changed: true });
      expect([
        existsSync(at("old/cache/kept.o")),
        existsSync(at("old/gone")),
        existsSync(at("other")),
      ]).toEqual([true, false, false]);
      expect(existsSync(at("sub/deep/empty"))).toBe(true);
      await settled(args);
    });

    it("copies a directory by its name, and a file by another", async () => {
      expect(await run({ src: src().replace(/\/$/, "") })).toMatchObject({ changed: true });
      expect(existsSync(at("s rc/sub/deep/empty"))).toBe(true);
      await settled({ src: src().replace(/\/$/, "") });
      expect(await run({ src: src("run"), dest: at("renamed") })).toMatchObject({ changed: true });
      expect(readFileSync(at("renamed"), "utf8")).toBe("#!/bin/sh\n");
      await settled({ src: src("run"), dest: at("renamed") });
      expect(await run({ src: src("run"), dest: at("") })).toMatchObject({ changed: true });
      await settled({ src: src("run"), dest: at("") });
      expect(existsSync(at("run"))).toBe(true);
    });

    it("compares contents when it shall", async () => {
      await run();
      const { atime, mtime } = statSync(at("run"));
      writeFileSync(at("run"), "#!/bin/SH\n");
      utimesSync(at("run"), atime, mtime);
      expect(await run()).toMatchObject({ changed: false });
      expect(await run({ checksum: true })).toMatchObject({ changed: true });
      expect(readFileSync(at("run"), "utf8")).toBe("#!/bin/sh\n");
      await settled({ checksum: true });
    });

    it.skipIf(process.getuid?.() !== 0)("keeps owners, or gives files to whom it is told to", async () => {
      chownSync(src("run"), 12_345, 54_321);
      await run();
      expect([statSync(at("run")).uid, statSync(at("run")).gid]).toEqual([12_345, 54_321]);
      const args = { rsync_opts: ["--chown=7:8"] };
      expect(await run(args)).toMatchObject({ changed: true });
      expect([statSync(at("run")).uid, lstatSync(at("sub/link")).gid]).toEqual([7, 8]);
      await settled(args);
      await settled({ owner: false, group: false });
    });

    it("does not replace a directory unless it may delete", async () => {
      mkdirSync(at("run/inside"), { recursive: true });
      expect(await run()).toMatchObject({ failed: true, msg: expect.stringMatching(/a directory stands/) });
      expect(await run({ delete: true })).toMatchObject({ changed: true });
      await settled({ delete: true });
    });

    it("says what is wrong", async () => {
      expect(await run({ src: src("none") })).toMatchObject({
        failed: true,
        msg: expect.stringMatching(/there is no/),
      });
      expect(await run({ rsync_opts: ["--link-dest=x"] })).toMatchObject({
        failed: true,
        msg: expect.stringMatching(/not known/),
      });
    });
  },
);
