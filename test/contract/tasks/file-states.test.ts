import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
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
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { file } from "../../../src/tasks/modules/file.js";
import { find } from "../../../src/tasks/modules/find.js";
import { stat } from "../../../src/tasks/modules/stat.js";
import { tempfile } from "../../../src/tasks/modules/tempfile.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { runModule } from "../../lab/module-machine.js";
import { toolPaths } from "../../lab/tool-paths.js";

const SHELLS = toolPaths();
const ODD = "o d'd \"$HOME\\n\n*";
const isRoot = process.getuid?.() === 0;

describe.each(SHELLS)("files with $kind", ({ path }) => {
  let scratch: string;
  let shell: Shell;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "farm-states-"));
    shell = localShell({ name: "here", home: scratch, env: { PATH: path(), TMPDIR: scratch } });
  });
  afterEach(async () => {
    await shell.close();
    rmSync(scratch, { recursive: true, force: true });
  });
  const at = (name: string) => join(scratch, name);
  const bits = (name: string) => statSync(at(name)).mode & 0o7777;
  const run = (module: unknown, args: Record<string, unknown>, options = {}) =>
    runModule(module, args, shell, options);
  /** Twice: the second time there is nothing to do. */
  async function settled(args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const [check, first, second] = [
      await run(file, args, { check: true }),
      await run(file, args),
      await run(file, args),
    ];
    expect([check, first, second]).toMatchObject([{ changed: true }, { changed: true }, { changed: false }]);
    return first;
  }

  it("makes directories, all that are missing with the mode", async () => {
    await settled({ path: at(`a/${ODD}/c/`), state: "directory", mode: "0710" });
    expect([bits("a"), bits(`a/${ODD}`), bits(`a/${ODD}/c`)]).toEqual([0o710, 0o710, 0o710]);
    expect(await run(file, { path: "~/h", state: "directory" })).toMatchObject({ changed: true });
    expect(existsSync(at("h"))).toBe(true);
  });

  it("takes away, never what a link leads to", async () => {
    mkdirSync(at(`d/${ODD}`), { recursive: true });
    symlinkSync("d", at("l"));
    await settled({ path: at("l"), state: "absent" });
    expect(existsSync(at("d"))).toBe(true);
    await settled({ path: at("d"), state: "absent" });
    expect(existsSync(at("d"))).toBe(false);
  });

  it.runIf(isRoot)("sets owner, group and mode, also of all that is below", async () => {
    mkdirSync(at(`d/${ODD}`), { recursive: true });
    writeFileSync(at(`d/${ODD}/f`), "", { mode: 0o640 });
    writeFileSync(at("d/run"), "", { mode: 0o740 });
    writeFileSync(at("outside"), "", { mode: 0o600 });
    symlinkSync("../outside", at("d/l"));
    await settled({ path: at("d"), recurse: true, owner: 1234, group: "1235", mode: "u=rwX,g=rX,o=" });
    for (const name of ["d", `d/${ODD}`, `d/${ODD}/f`, "d/run", "d/l"])
      expect([name, lstatSync(at(name)).uid, lstatSync(at(name)).gid]).toEqual([name, 1234, 1235]);
    expect([bits("d"), bits(`d/${ODD}/f`), bits("d/run")]).toEqual([0o750, 0o640, 0o750]);
    expect([statSync(at("outside")).uid, bits("outside")]).toEqual([0, 0o600]);
  });

  it.runIf(isRoot)("keeps the bits that a new owner would take away", async () => {
    writeFileSync(at("f"), "");
    chmodSync(at("f"), 0o4755);
    await settled({ path: at("f"), owner: 1234, mode: "4755" });
    expect(bits("f")).toBe(0o4755);
  });

  it("touches, and sets times", async () => {
    await run(file, { path: at("f"), state: "touch", mode: "0600" });
    expect(bits("f")).toBe(0o600);
    const keep = { access_time: "preserve", modification_time: "preserve" };
    utimesSync(at("f"), 1_500_000_000, 1_500_000_000);
    expect(await run(file, { path: at("f"), state: "touch", ...keep })).toMatchObject({ changed: false });
    await settled({ path: at("f"), access_time: "preserve", modification_time: "202002291200.00" });
    const { mtime, atimeMs } = statSync(at("f"));
    expect([mtime.toISOString(), atimeMs]).toEqual([
      new Date("2020-02-29T12:00:00").toISOString(),
      1_500_000_000_000,
    ]);
    expect(await run(file, { path: at("f"), state: "touch" })).toMatchObject({ changed: true });
    expect(statSync(at("f")).mtimeMs).toBeGreaterThan(1_600_000_000_000);
  });

  it("makes links, and moves them", async () => {
    mkdirSync(at("d"));
    writeFileSync(at("f"), "");
    await settled({ path: at("l"), src: "d", state: "link" });
    await settled({ path: at("l"), src: "f", state: "link" });
    expect(readlinkSync(at("l"))).toBe("f");
    expect(await run(file, { path: at("l"), src: ODD, state: "link" })).toMatchObject({ failed: true });
    await settled({ path: at("l"), src: ODD, state: "link", force: true });
    expect(readlinkSync(at("l"))).toBe(ODD);
    await settled({ path: at("f"), src: "d", state: "link", force: true });
    expect([readlinkSync(at("f")), lstatSync(at("f")).isSymbolicLink()]).toEqual(["d", true]);
  });

  it("makes hard links", async () => {
    writeFileSync(at("f"), "f");
    await settled({ path: at(ODD), src: at("f"), state: "hard" });
    expect(statSync(at(ODD)).ino).toBe(statSync(at("f")).ino);
    writeFileSync(at("other"), "");
    expect(await run(file, { path: at("other"), src: at("f"), state: "hard" })).toMatchObject({
      failed: true,
    });
    expect(await run(file, { path: at("h"), src: at("none"), state: "hard" })).toMatchObject({
      failed: true,
    });
  });

  it("makes a link in place of an empty directory only", async () => {
    mkdirSync(at("d/e"), { recursive: true });
    const args = { path: at("d"), src: "/", state: "link", force: true };
    expect(await run(file, args)).toMatchObject({ failed: true });
    rmSync(at("d/e"), { recursive: true });
    await settled(args);
  });

  it("tells what stands there", async () => {
    writeFileSync(at(ODD), "hello\n", { mode: 0o640 });
    utimesSync(at(ODD), 1_500_000_000, 1_500_000_000);
    symlinkSync(ODD, at("l"));
    const { ino, nlink, dev } = statSync(at(ODD));
    const known = { exists: true, size: 6, mode: "0640", inode: ino, nlink, dev, mtime: 1_500_000_000 };
    const checksum = "f572d396fae9206628714fb2ce00f72e94f2258f";
    expect((await run(stat, { path: at(ODD) }))["stat"]).toMatchObject({
      ...known,
      checksum,
      path: at(ODD),
      isreg: true,
      readable: true,
      executable: false,
      xusr: false,
      rgrp: true,
    });
    expect((await run(stat, { path: at("l"), follow: true }))["stat"]).toMatchObject({ ...known, checksum });
    const link = (await run(stat, { path: at("l") }))["stat"];
    expect(link).toMatchObject({ islnk: true, lnk_target: ODD, lnk_source: at(ODD) });
    expect(link).not.toHaveProperty("checksum");
    expect((await run(stat, { path: at("none") }))["stat"]).toEqual({ exists: false });
    expect((await run(stat, { path: "/dev/null" }))["stat"]).toMatchObject({ ischr: true, device_type: 259 });
  });

  it("finds by name, kind, age, size and content", async () => {
    mkdirSync(at("d/sub/deep"), { recursive: true });
    writeFileSync(at(`d/${ODD}`), "one\ntwo=2\n");
    writeFileSync(at("d/.hidden"), "");
    writeFileSync(at("d/sub/large.log"), Buffer.alloc(2000));
    writeFileSync(at("d/sub/deep/f.log"), "three=3\n");
    utimesSync(at("d/sub/deep/f.log"), 1_500_000_000, 1_500_000_000);
    symlinkSync("sub", at("d/link"));
    const names = async (args: Record<string, unknown>) => {
      const { files } = await run(find, { paths: at("d"), ...args });
      return (files as { path: string }[]).map((each) => each.path.slice(at("d/").length)).sort();
    };
    expect(await names({})).toEqual([ODD]);
    expect(await names({ paths: "~/d" })).toEqual([ODD]);
    expect(await names({ hidden: true })).toEqual([ODD, ".hidden"].sort());
    expect(await names({ file_type: "any" })).toEqual([ODD, "link", "sub"].sort());
    expect(await names({ file_type: "link" })).toEqual(["link"]);
    expect(await names({ recurse: true, patterns: "*.log" })).toEqual(["sub/deep/f.log", "sub/large.log"]);
    expect(await names({ recurse: true, patterns: "*.log", depth: 2 })).toEqual(["sub/large.log"]);
    expect(await names({ recurse: true, size: "1k" })).toEqual(["sub/large.log"]);
    expect(await names({ recurse: true, age: "1w" })).toEqual(["sub/deep/f.log"]);
    expect(await names({ recurse: true, age: "-1w", excludes: "*.log" })).toEqual([ODD]);
    expect(await names({ recurse: true, contains: "\\w+=\\d$" })).toEqual([ODD, "sub/deep/f.log"].sort());
    expect(await names({ recurse: true, contains: "wo=2" })).toEqual([]);
    expect(await names({ recurse: true, contains: "wo=2", read_whole_file: true })).toEqual([ODD]);
    expect(await names({ recurse: true, follow: true, patterns: "*.log" })).toEqual([
      "link/deep/f.log",
      "link/large.log",
      "sub/deep/f.log",
      "sub/large.log",
    ]);
    expect(await run(find, { paths: [at("d"), at("none")], get_checksum: true })).toMatchObject({
      files: [{ checksum: execFileSync("sha1sum", { input: "one\ntwo=2\n" }).toString().slice(0, 40) }],
      skipped_paths: { [at("none")]: `'${at("none")}' is not a directory` },
    });
  });

  it("finds in a directory whose name looks like an option", async () => {
    mkdirSync(at("-d"));
    writeFileSync(at("-d/f"), "");
    expect(await run(find, { paths: "-d" })).toMatchObject({ matched: 1 });
    expect(await run(file, { path: "-d", state: "absent" })).toMatchObject({ changed: true });
    expect(existsSync(at("-d"))).toBe(false);
  });

  it("looks into what a link leads to when it is named", async () => {
    mkdirSync(at("d"));
    writeFileSync(at("d/f"), "");
    symlinkSync("d", at("l"));
    expect(await run(find, { paths: at("l") })).toMatchObject({ matched: 1, files: [{ path: at("l/f") }] });
  });

  it("finds what two thousand files have in a question", async () => {
    mkdirSync(at("many"));
    for (let index = 0; index < 2000; index++) writeFileSync(at(`many/f${index}`), `${index}\n`);
    const found = await run(find, { paths: at("many"), contains: "^1[0-9]*$", get_checksum: true });
    expect(found).toMatchObject({ matched: 1111, examined: 2000 });
    const one = (found["files"] as { path: string; checksum: string }[]).find(({ path: of }) =>
      of.endsWith("f1234"),
    );
    expect(one?.checksum).toBe(execFileSync("sha1sum", { input: "1234\n" }).toString().slice(0, 40));
  }, 60_000);

  it("makes temporary files and directories", async () => {
    mkdirSync(at(ODD));
    const made = await run(tempfile, { path: at(ODD), prefix: "p q.", suffix: ".s" });
    expect(made).toMatchObject({ changed: true, mode: "0600", state: "file" });
    expect(String(made["path"])).toMatch(/p q\..{8}\.s$/);
    expect(readFileSync(String(made["path"]))).toHaveLength(0);
    const directory = await run(tempfile, { state: "directory" });
    expect(directory).toMatchObject({ changed: true, mode: "0700" });
    expect(String(directory["path"]).startsWith(at("ansible."))).toBe(true);
    expect(await run(tempfile, { path: at("none") })).toMatchObject({ failed: true });
  });

  it.runIf(isRoot)("gives owners by their numbers as by their names", async () => {
    writeFileSync(at("f"), "");
    chownSync(at("f"), 0, 0);
    linkSync(at("f"), at("g"));
    expect(await run(file, { path: at("f"), owner: "root", group: 0 })).toMatchObject({
      changed: false,
      state: "hard",
    });
  });
});
