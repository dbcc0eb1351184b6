import { createHash } from "node:crypto";
import {
  chmodSync,
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
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copy } from "../../../src/tasks/modules/copy.js";
import { fetch } from "../../../src/tasks/modules/fetch.js";
import { slurp } from "../../../src/tasks/modules/slurp.js";
import { template } from "../../../src/tasks/modules/template.js";
import { isLocalFile } from "../../../src/transport/content.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Content, Shell } from "../../../src/transport/shell.js";
import { runModule } from "../../lab/module-machine.js";
import { toolPaths } from "../../lab/tool-paths.js";

const SHELLS = toolPaths();
const ODD = "o d'd \"$HOME\\n\n*";
const MIB = 1024 * 1024;

/** As the other side sees it when the sender goes away. */
function shortened(content: Content = "", by: number): Content {
  if (isLocalFile(content)) return { ...content, bytes: content.bytes - by };
  return Buffer.from(content as string).subarray(0, -by);
}

describe.each(SHELLS)("copies with $kind", ({ path }) => {
  let scratch: string;
  let shell: Shell;
  /** How often the machine was asked or told something. */
  let commands = 0;
  /** How much of a command's stdin does not arrive. */
  let lost = 0;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "farm-copies-"));
    const PATH = `${join(scratch, "bin")}:${path()}`;
    const real = localShell({ name: "here", home: scratch, env: { PATH, TMPDIR: scratch } });
    commands = 0;
    lost = 0;
    shell = {
      ...real,
      run: (command, options) => {
        commands += 1;
        const isWrite = command.readOnly !== true && lost > 0 && command.stdin !== undefined;
        return real.run(isWrite ? { ...command, stdin: shortened(command.stdin, lost) } : command, options);
      },
    };
    mkdirSync(at("src"));
  });
  afterEach(async () => {
    await shell.close();
    rmSync(scratch, { recursive: true, force: true });
  });
  const at = (name: string) => join(scratch, name);
  const text = (name: string) => readFileSync(at(name), "utf8");
  const bits = (name: string) => statSync(at(name)).mode & 0o7777;
  const run = (module: unknown, args: Record<string, unknown>, options = {}) =>
    runModule(module, args, shell, { files: scratch, vars: { inventory_hostname: "vm/1" }, ...options });
  /** Twice: the second time there is nothing to do, and one question tells. */
  async function settled(module: unknown, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const first = await run(module, args);
    expect(first).toMatchObject({ changed: true });
    commands = 0;
    expect(await run(module, args)).toMatchObject({ changed: false });
    expect(commands).toBe(1);
    return first;
  }
  /** Nothing unfinished is left. */
  const names = (name: string) => readdirSync(at(name)).sort();

  it("content", async () => {
    await settled(copy, { content: "hello\n", dest: at(ODD), mode: "0640" });
    expect([text(ODD), bits(ODD)]).toEqual(["hello\n", 0o640]);
    expect(names(".")).toEqual([ODD, "src"].sort());
  });

  it("nothing of a transfer that broke off", async () => {
    writeFileSync(at("src/large"), Buffer.alloc(MIB + 1));
    writeFileSync(at("src/f"), "f\n");
    writeFileSync(at("src/g"), "g\n");
    writeFileSync(at("f"), "old\n");
    mkdirSync(at("d"));
    lost = 1;
    for (const args of [
      { content: "hello\n", dest: at("f") },
      { src: at("src/large"), dest: at("f") },
      { src: at("src/"), dest: at("d") },
    ])
      expect(await run(copy, args)).toMatchObject({
        failed: true,
        msg: expect.stringMatching(/only \d+ of \d+/),
      });
    expect([text("f"), names("."), names("d")]).toEqual(["old\n", ["d", "f", "src"], []]);
  });

  it("content in the home", async () => {
    await settled(copy, { content: "hello\n", dest: "~/f" });
    expect(text("f")).toBe("hello\n");
  });

  it("a file into a directory, or into one that is made", async () => {
    writeFileSync(at("src/f"), "f\n", { mode: 0o751 });
    mkdirSync(at("d"));
    expect(await settled(copy, { src: at("src/f"), dest: at("d") })).toMatchObject({ dest: at("d/f") });
    await settled(copy, {
      src: at("src/f"),
      dest: at("new/deep/"),
      mode: "preserve",
      directory_mode: "0711",
    });
    expect([bits("new/deep/f"), bits("new/deep"), bits("new")]).toEqual([0o751, 0o711, 0o711]);
  });

  it("nothing in a check, but its result and difference", async () => {
    writeFileSync(at("f"), "old\n");
    const args = { content: "new\n", dest: at("f"), mode: "0600" };
    expect(await run(copy, args, { check: true, diff: true })).toMatchObject({
      changed: true,
      mode: "0600",
      diff: { before: "old\n", after: "new\n" },
    });
    expect([text("f"), names(".")]).toEqual(["old\n", ["f", "src"]]);
  });

  it("with the old file kept, and its mode", async () => {
    writeFileSync(at("f"), "old\n");
    chmodSync(at("f"), 0o604);
    const { backup_file } = await run(copy, { content: "new\n", dest: at("f"), backup: true });
    expect([text("f"), readFileSync(String(backup_file), "utf8"), bits("f")]).toEqual([
      "new\n",
      "old\n",
      0o604,
    ]);
    expect(statSync(String(backup_file)).mode & 0o7777).toBe(0o604);
  });

  it("nothing that is not valid", async () => {
    writeFileSync(at("f"), "old\n");
    const args = { content: "new\n", dest: at("f"), validate: "grep -q old %s" };
    expect(await run(copy, args)).toMatchObject({ failed: true, exit_status: 1 });
    expect([text("f"), names(".")]).toEqual(["old\n", ["f", "src"]]);
  });

  it("in place of a link, or through it", async () => {
    writeFileSync(at("f"), "old\n");
    symlinkSync("f", at("l"));
    await run(copy, { content: "through\n", dest: at("l"), follow: true });
    expect([text("f"), readlinkSync(at("l"))]).toEqual(["through\n", "f"]);
    await run(copy, { content: "instead\n", dest: at("l") });
    expect([text("f"), lstatSync(at("l")).isSymbolicLink()]).toEqual(["through\n", false]);
  });

  it("a large file as it is read", async () => {
    const large = Buffer.alloc(3 * MIB + 7, "0123456789\0");
    writeFileSync(at("src/large"), large);
    const digest = (name: string) => createHash(name).update(large).digest("hex");
    const { checksum, md5sum } = await run(copy, { src: at("src/large"), dest: at("large") });
    expect([checksum, md5sum]).toEqual([digest("sha1"), digest("md5")]);
    expect(readFileSync(at("large")).equals(large)).toBe(true);
    expect(readdirSync(at("."))).toEqual(["large", "src"]);
    large[5] = 1;
    writeFileSync(at("src/large"), large);
    await settled(copy, { src: at("src/large"), dest: at("large") });
    expect(readFileSync(at("large")).equals(large)).toBe(true);
  });

  it("a tree of a thousand files by a handful of commands", async () => {
    for (let index = 0; index < 1000; index++) {
      const directory = at(`src/d${index % 10}`);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, `f${index}`), `${"x".repeat(index)}\n`, {
        mode: index % 2 ? 0o600 : 0o755,
      });
    }
    writeFileSync(at(`src/${ODD}`), "odd\n");
    writeFileSync(at("src/empty"), "");
    writeFileSync(at("src/bytes"), Buffer.from([0, 255, 10]));
    symlinkSync("nowhere", at("src/dangling"));
    symlinkSync("d1/f1", at("src/link"));
    const args = { src: `${at("src")}/`, dest: at("dest"), mode: "preserve", local_follow: false };
    expect(await run(copy, args)).toMatchObject({ changed: true });
    expect(commands).toBeLessThanOrEqual(6);
    commands = 0;
    expect(await run(copy, args)).toMatchObject({ changed: false });
    expect(commands).toBeLessThanOrEqual(2);
    for (let index = 0; index < 1000; index += 7) {
      const name = `d${index % 10}/f${index}`;
      expect([text(`dest/${name}`), bits(`dest/${name}`)]).toEqual([
        text(`src/${name}`),
        bits(`src/${name}`),
      ]);
    }
    expect([text(`dest/${ODD}`), text("dest/empty")]).toEqual(["odd\n", ""]);
    expect(readFileSync(at("dest/bytes"))).toEqual(Buffer.from([0, 255, 10]));
    expect([readlinkSync(at("dest/dangling")), readlinkSync(at("dest/link"))]).toEqual(["nowhere", "d1/f1"]);
    expect(names("dest")).toEqual(names("src"));
    expect(names("dest/d1")).toEqual(names("src/d1"));
  }, 120_000);

  it("only what differs of a tree, with the old files kept", async () => {
    for (const name of ["same", "other", "mode"])
      writeFileSync(at(`src/${name}`), `${name}\n`, { mode: 0o644 });
    await run(copy, { src: at("src"), dest: at("dest") });
    const { ino } = statSync(at("dest/src/same"));
    writeFileSync(at("dest/src/other"), "changed\n");
    chmodSync(at("dest/src/mode"), 0o600);
    const args = { src: at("src"), dest: at("dest"), mode: "0644", backup: true };
    expect(await run(copy, args, { diff: true })).toMatchObject({
      changed: true,
      diff: [{ before: "changed\n", after: "other\n" }],
    });
    expect([text("dest/src/other"), bits("dest/src/mode"), statSync(at("dest/src/same")).ino]).toEqual([
      "other\n",
      0o644,
      ino,
    ]);
    const kept = names("dest/src").filter((name) => name.endsWith("~"));
    expect(kept.map((name) => text(`dest/src/${name}`))).toEqual(["changed\n"]);
  });

  it("nothing of a tree over what is in its way", async () => {
    writeFileSync(at("src/f"), "f\n");
    mkdirSync(at("dest/src/f"), { recursive: true });
    expect(await run(copy, { src: at("src"), dest: at("dest") })).toMatchObject({ failed: true });
    expect(statSync(at("dest/src/f")).isDirectory()).toBe(true);
  });

  it("a tree with links followed, but none in a circle, large files and all checked", async () => {
    mkdirSync(at("src/d"));
    writeFileSync(at("src/large"), Buffer.alloc(MIB + 1, "x"));
    writeFileSync(at("src/d/f"), "f\n");
    symlinkSync("..", at("src/d/up"));
    symlinkSync("d", at("src/link"));
    const args = { src: at("src/"), dest: at("dest"), local_follow: true };
    expect(await run(copy, args)).toMatchObject({ changed: true });
    expect(await run(copy, args)).toMatchObject({ changed: false });
    expect([statSync(at("dest/large")).size, text("dest/link/f"), readlinkSync(at("dest/d/up"))]).toEqual([
      MIB + 1,
      "f\n",
      "..",
    ]);
    expect(lstatSync(at("dest/link")).isDirectory()).toBe(true);
    writeFileSync(at("src/d/f"), "g\n");
    const checked = { ...args, validate: "grep -q f %s" };
    expect(await run(copy, checked)).toMatchObject({ failed: true, exit_status: 1 });
    expect([text("dest/d/f"), names("dest/d")]).toEqual(["f\n", ["f", "up"]]);
  });

  it("what is on the machine already", async () => {
    writeFileSync(at("src/f"), "f\n", { mode: 0o750 });
    mkdirSync(at(`src/${ODD}`));
    chmodSync(at(`src/${ODD}`), 0o777);
    chmodSync(at("src"), 0o700);
    writeFileSync(at(`src/${ODD}/g`), "g\n");
    symlinkSync("f", at("src/l"));
    await settled(copy, { src: at("src/f"), dest: at("f"), remote_src: true, mode: "preserve" });
    expect([text("f"), bits("f")]).toEqual(["f\n", 0o750]);
    await settled(copy, { src: at("src"), dest: at("dest"), remote_src: true });
    expect([text(`dest/src/${ODD}/g`), readlinkSync(at("dest/src/l"))]).toEqual(["g\n", "f"]);
    expect([bits("dest"), bits("dest/src"), bits(`dest/src/${ODD}`), bits("dest/src/f")]).toEqual([
      0o755, 0o700, 0o777, 0o750,
    ]);
    await settled(copy, { src: at("src/"), dest: at("inside"), remote_src: true });
    rmSync(at("src/l"));
    symlinkSync(ODD, at("src/l"));
    await settled(copy, { src: at("src/"), dest: at("inside"), remote_src: true });
    expect([bits("inside"), text("inside/f")]).toEqual([0o700, "f\n"]);
    writeFileSync(at("src/f"), "F\n");
    await settled(copy, { src: at("src/f"), dest: at("f"), remote_src: true });
    expect(text("f")).toBe("F\n");
    expect(await run(copy, { src: at("none"), dest: at("f"), remote_src: true })).toMatchObject({
      failed: true,
      msg: expect.stringContaining("not found"),
    });
  });

  it("a template", async () => {
    writeFileSync(at("t.j2"), "{% for each in [1, 2] %}\n{{ each }}\n{% endfor %}\n");
    chmodSync(at("t.j2"), 0o751);
    await settled(template, { src: at("t.j2"), dest: at("d/"), mode: "0600" });
    expect([text("d/t.j2"), bits("d/t.j2")]).toEqual(["1\n2\n", 0o600]);
    await settled(template, { src: at("t.j2"), dest: at("d/"), mode: "preserve" });
    expect(bits("d/t.j2")).toBe(0o751);
  });

  it("a small file back by one command", async () => {
    writeFileSync(at(ODD), Buffer.from([0, 255, 10]));
    const dest = at("fetched");
    const there = join(dest, "vm_1", at(ODD));
    const first = await run(fetch, { src: at(ODD), dest });
    expect([first, commands]).toMatchObject([{ changed: true, dest: there }, 1]);
    expect(readFileSync(there)).toEqual(Buffer.from([0, 255, 10]));
    expect(await run(fetch, { src: at(ODD), dest })).toEqual({
      changed: false,
      file: at(ODD),
      dest: there,
      checksum: first["checksum"],
      md5sum: first["md5sum"],
    });
    writeFileSync(at(ODD), Buffer.from([0, 254, 10]));
    expect(await run(fetch, { src: at(ODD), dest })).toMatchObject({ changed: true });
    expect(readFileSync(there)).toEqual(Buffer.from([0, 254, 10]));
    expect(readdirSync(join(there, ".."))).toEqual([ODD]);
  });

  it("a large file back as it comes", async () => {
    const large = Buffer.alloc(20 * MIB + 7, "0123456789\0");
    writeFileSync(at("large"), large);
    const args = { src: at("large"), dest: at("fetched/"), flat: true };
    expect(await run(fetch, args, { check: true })).toMatchObject({ changed: true });
    expect(existsSync(at("fetched"))).toBe(false);
    const { checksum } = await settled(fetch, args);
    expect(readFileSync(at("fetched/large")).equals(large)).toBe(true);
    expect((await run(fetch, args, { check: true }))["checksum"]).toBe(checksum);
    expect(names("fetched")).toEqual(["large"]);
    expect(
      Buffer.from(String((await run(slurp, { src: at("large") }))["content"]), "base64").equals(large),
    ).toBe(true);
  });

  it("no file that changes on the way", async () => {
    writeFileSync(at("f"), Buffer.alloc(MIB));
    mkdirSync(at("bin"));
    const cat = `#!/bin/sh\n/bin/cat "$@"\necho more >>'${at("f")}'\n`;
    writeFileSync(at("bin/cat"), cat, { mode: 0o755 });
    expect(await run(fetch, { src: at("f"), dest: at("fetched/f"), flat: true })).toMatchObject({
      failed: true,
      msg: expect.stringContaining("changed while it was read"),
    });
    expect(names("fetched")).toEqual([]);
  });

  it("no directory, and not into one", async () => {
    expect(await run(fetch, { src: at("src"), dest: at("x") })).toMatchObject({
      failed: true,
      msg: expect.stringContaining("is a directory"),
    });
    writeFileSync(at("f"), "f\n");
    expect(await run(fetch, { src: at("f"), dest: at("src"), flat: true })).toMatchObject({
      failed: true,
      msg: expect.stringContaining("use a trailing slash"),
    });
  });
});
