import { execFileSync, spawnSync } from "node:child_process";
import {
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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { archive } from "../../../src/tasks/modules/archive.js";
import { unarchive } from "../../../src/tasks/modules/unarchive.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { busyboxPath, hasBusybox } from "../../lab/busybox-path.js";
import { imageServer } from "../../lab/image-server.js";
import { runModule } from "../../lab/module-machine.js";
import { toolPaths } from "../../lab/tool-paths.js";

const paths = mkdtempSync(join(tmpdir(), "farm-tools-"));
afterAll(() => rmSync(paths, { recursive: true, force: true }));
const SHELLS = toolPaths("zstd", "zip");

const KINDS = ["tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "zip"];

/** A small tree with names and kinds of files that are easily got wrong. */
function makeTree(directory: string): void {
  mkdirSync(join(directory, "top/in ner"), { recursive: true });
  writeFileSync(join(directory, "top/pro gram"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(directory, "top/.hidden"), "");
  writeFileSync(join(directory, 'top/in ner/it\'s "odd" $HOME'), "odd\n", { mode: 0o640 });
  writeFileSync(join(directory, "top/-dash"), "dash\n");
  symlinkSync("pro gram", join(directory, "top/link"));
}

function pack(kind: string, directory: string, file: string): string {
  if (kind === "zip") execFileSync("zip", ["-qry", file, "top"], { cwd: directory });
  else execFileSync("tar", ["-caf", file, "-C", directory, "top"]);
  return file;
}

let home: string;
let archives: string;
beforeAll(() => {
  archives = join(paths, "archives");
  mkdirSync(archives);
  makeTree(archives);
  for (const kind of KINDS) pack(kind, archives, join(archives, `a.${kind}`));
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "farm-archives-"));
  mkdirSync(join(home, "de st"));
  mkdirSync(join(home, "tmp"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe.each(SHELLS)("unarchive by $kind", ({ kind: by, path }) => {
  let shell: Shell;
  let PATH = "";
  beforeAll(() => {
    PATH = path();
  });
  beforeEach(() => {
    shell = localShell({ name: "here", home, env: { PATH, TMPDIR: join(home, "tmp") } });
  });
  afterEach(async () => {
    await shell.close();
    expect(readdirSync(join(home, "tmp"))).toEqual([]);
  });
  const dest = () => join(home, "de st");
  const at = (name: string) => join(dest(), "top", name);
  const replace = (name: string, by: (file: string) => void): void => {
    rmSync(at(name));
    by(at(name));
  };
  const run = (args: Record<string, unknown>, options = {}) =>
    runModule(unarchive, { src: join(archives, "a.tar.gz"), dest: dest(), ...args }, shell, options);

  it.each(KINDS)("unpacks .%s once", async (kind) => {
    const args = { src: join(archives, `a.${kind}`), remote_src: kind !== "tar.gz" };
    expect(await run(args, { check: true })).toMatchObject({ changed: true });
    expect(readdirSync(dest())).toEqual([]);
    expect(await run(args)).toMatchObject({ changed: true, dest: dest(), state: "directory" });
    expect(readFileSync(at('in ner/it\'s "odd" $HOME'), "utf8")).toBe("odd\n");
    expect(readlinkSync(at("link"))).toBe("pro gram");
    expect(readdirSync(join(dest(), "top")).sort()).toEqual([
      "-dash",
      ".hidden",
      "in ner",
      "link",
      "pro gram",
    ]);
    expect(await run(args)).toMatchObject({ changed: false });
    writeFileSync(at("mine"), "");
    expect(await run(args, { check: true })).toMatchObject({ changed: false });
  });

  it.each(["tar.gz", "zip"])("puts right what was changed after .%s", async (kind) => {
    const args = { src: join(archives, `a.${kind}`) };
    const changes: [string, () => void][] = [
      ["content", () => writeFileSync(at("pro gram"), "else")],
      ["a link", () => replace("link", (file) => symlinkSync("-dash", file))],
      ["a missing file", () => rmSync(at(".hidden"))],
      ["a missing directory", () => rmSync(at("in ner"), { recursive: true })],
      ["a time", () => utimesSync(at("-dash"), 1, 1)],
      ["a file in place of a link", () => replace("link", (file) => writeFileSync(file, ""))],
    ];
    // busybox unzip sets no times.
    const known =
      by === "busybox" && kind === "zip" ? changes.filter(([what]) => what !== "a time") : changes;
    await run(args);
    for (const [what, change] of known) {
      change();
      expect(await run(args), what).toMatchObject({ changed: true });
      expect(await run(args), what).toMatchObject({ changed: false });
    }
    expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
  });

  it("tells the names, leaves out what is excluded, takes what is included", async () => {
    for (const kind of ["tar.xz", "zip"]) {
      const args = { src: join(archives, `a.${kind}`) };
      const { files } = await run({ ...args, list_files: true }, { check: true });
      expect([...(files as string[])].sort()).toEqual([
        "top/",
        "top/-dash",
        "top/.hidden",
        "top/in ner/",
        'top/in ner/it\'s "odd" $HOME',
        "top/link",
        "top/pro gram",
      ]);
      const without = { ...args, exclude: ["top/in ner", "*dash"] };
      expect(await run(without)).toMatchObject({ changed: true });
      expect(readdirSync(join(dest(), "top")).sort()).toEqual([".hidden", "link", "pro gram"]);
      expect(await run(without)).toMatchObject({ changed: false });
      rmSync(join(dest(), "top"), { recursive: true });
      const only = { ...args, include: ["top/in ner"] };
      expect(await run(only)).toMatchObject({ changed: true });
      expect(readdirSync(join(dest(), "top"))).toEqual(["in ner"]);
      expect(await run(only)).toMatchObject({ changed: false });
      rmSync(join(dest(), "top"), { recursive: true });
    }
  });

  it("strips leading directories", async () => {
    const args = { extra_opts: ["--strip-components=1"] };
    expect(await run(args)).toMatchObject({ changed: true });
    expect(readdirSync(dest())).toContain("pro gram");
    expect(await run(args)).toMatchObject({ changed: false });
  });

  it("leaves newer files alone", async () => {
    const args = { keep_newer: true };
    await run(args);
    writeFileSync(at("pro gram"), "newer");
    utimesSync(at("pro gram"), 4_000_000_000, 4_000_000_000);
    expect(await run(args)).toMatchObject({ changed: false });
    utimesSync(at("pro gram"), 1, 1);
    expect(await run(args)).toMatchObject({ changed: true });
    expect(readFileSync(at("pro gram"), "utf8")).toBe("#!/bin/sh\n");
  });

  it("gives what was in the archive its mode", async () => {
    const args = { mode: "u=rwX,g=rX,o=", list_files: true };
    expect(await run(args)).toMatchObject({ changed: true });
    expect(statSync(at("pro gram")).mode & 0o777).toBe(0o750);
    expect(statSync(at("-dash")).mode & 0o777).toBe(0o640);
    expect(statSync(at("in ner")).mode & 0o777).toBe(0o750);
    expect(await run(args)).toMatchObject({ changed: false });
  });

  it("does nothing when something is there", async () => {
    writeFileSync(join(home, "the re"), "");
    expect(await run({ creates: "~/the re" })).toMatchObject({ changed: false });
    expect(readdirSync(dest())).toEqual([]);
  });

  it("says what is wrong", async () => {
    const whole = readFileSync(join(archives, "a.tar.gz"));
    writeFileSync(join(home, "half"), whole.subarray(0, whole.length / 2));
    writeFileSync(join(home, "none"), "");
    writeFileSync(join(home, "text"), "x".repeat(2000));
    const say = async (args: Record<string, unknown>) => {
      const { failed, msg } = await run({ remote_src: true, ...args });
      return failed ? msg : "(not failed)";
    };
    expect(await say({ src: "~/half" })).toMatch(/broken or not whole|Unexpected EOF|short read/);
    expect(await say({ src: "~/none" })).toMatch(/no content/);
    expect(await say({ src: "~/text" })).toMatch(/not look like a tar|invalid tar|short read|broken/);
    expect(await say({ src: "~/nowhere" })).toMatch(/does not exist/);
    expect(await say({ src: join(archives, "a.tar"), dest: "~/nowhere" })).toMatch(/is not a directory/);
    expect(readdirSync(dest())).toEqual([]);
  });

  it("does not leave its directory", async () => {
    const rename = "--transform=s|.*|../escaped|";
    execFileSync("tar", ["-cf", join(home, "evil.tar"), "-P", rename, join(archives, "top/-dash")]);
    await run({ src: "~/evil.tar", remote_src: true });
    expect(existsSync(join(home, "escaped"))).toBe(false);
  });
});

describe.each(SHELLS)("archive by $kind", ({ kind: by, path }) => {
  let shell: Shell;
  let PATH = "";
  beforeAll(() => {
    PATH = path();
  });
  beforeEach(() => {
    shell = localShell({ name: "here", home, env: { PATH, TMPDIR: join(home, "tmp") } });
    makeTree(join(home, "s rc"));
  });
  afterEach(async () => {
    await shell.close();
    expect(readdirSync(join(home, "tmp"))).toEqual([]);
  });
  const src = (name = "") => join(home, "s rc/top", name);
  const dest = () => join(home, "de st/a");
  const run = (args: Record<string, unknown>, options = {}) =>
    runModule(archive, { path: [src()], dest: dest(), ...args }, shell, options);
  /** The names of what is in the archive, by this machine's tar and unzip. */
  const names = (format = "gz"): string[] =>
    (format === "zip"
      ? execFileSync("unzip", ["-Z1", dest()], { encoding: "utf8" })
      : execFileSync("tar", ["-taf", dest(), "--quoting-style=literal"], { encoding: "utf8" })
    )
      .split("\n")
      .filter((name) => name !== "" && !name.endsWith("/"))
      .map((name) => name.replace(/^\.\//, ""))
      .sort();
  const ALL = ["-dash", ".hidden", 'in ner/it\'s "odd" $HOME', "link", "pro gram"];

  it.each(["gz", "bz2", "xz", "tar", "zip"])(
    "packs %s once, and again when something changed",
    async (format) => {
      const args = { path: src(), format, mode: "0600" };
      if (by === "busybox" && format === "xz")
        return expect(await run(args)).toMatchObject({
          failed: true,
          msg: expect.stringMatching(/cannot compress/),
        });
      expect(await run(args, { check: true })).toMatchObject({ changed: true });
      expect(existsSync(dest())).toBe(false);
      expect(await run(args)).toMatchObject({
        changed: true,
        dest: dest(),
        dest_state: "archive",
        mode: "0600",
      });
      expect(names(format)).toEqual(ALL.map((name) => `top/${name}`));
      expect(await run(args)).toMatchObject({ changed: false, arcroot: `${home}/s rc/` });
      writeFileSync(src("-dash"), "else");
      expect(await run(args, { check: true })).toMatchObject({ changed: true });
      expect(await run(args)).toMatchObject({ changed: true });
      expect(await run(args)).toMatchObject({ changed: false });
    },
  );

  it("takes what a directory holds, globs, and leaves out what it is told to", async () => {
    expect(await run({ path: [`${src()}/`] })).toMatchObject({ changed: true });
    expect(names()).toEqual(ALL);
    expect(await run({ path: [src("*"), "~/s rc/top/.hidden"], exclude_path: [src("l*")] })).toMatchObject({
      changed: true,
    });
    expect(names()).toEqual(["-dash", ".hidden", 'in ner/it\'s "odd" $HOME', "pro gram"]);
    const args = { path: [src()], exclusion_patterns: ["*gram", "top/in ner"] };
    expect(await run(args)).toMatchObject({ changed: true });
    expect(names()).toEqual(["top/-dash", "top/.hidden", "top/link"]);
    expect(await run(args)).toMatchObject({ changed: false });
  });

  it("compresses a single file, and makes an archive of it when it must", async () => {
    const file = src("pro gram");
    expect(await run({ path: file, dest: undefined })).toMatchObject({
      changed: true,
      dest: `${file}.gz`,
      dest_state: "compress",
      state: "file",
    });
    expect(execFileSync("gzip", ["-dc", `${file}.gz`], { encoding: "utf8" })).toBe("#!/bin/sh\n");
    expect(await run({ path: file, dest: undefined })).toMatchObject({ changed: false });
    expect(await run({ path: file, force_archive: true })).toMatchObject({ changed: true });
    expect(names()).toEqual(["pro gram"]);
  });

  it("packs a directory into itself, and comes to rest", async () => {
    const args = { path: src(), dest: src("self.tgz") };
    expect(await run(args)).toMatchObject({ changed: true });
    expect(await run(args)).toMatchObject({ changed: false });
    expect(await run({ ...args, remove: true })).toMatchObject({ failed: true });
    expect(existsSync(src("pro gram"))).toBe(true);
  });

  it("removes what it packed, and then does nothing", async () => {
    const args = { path: [src("pro gram"), src("in ner")], remove: true };
    expect(await run(args)).toMatchObject({ changed: true });
    expect(existsSync(src("in ner"))).toBe(false);
    expect(names()).toEqual(['in ner/it\'s "odd" $HOME', "pro gram"]);
    expect(await run(args)).toMatchObject({ changed: false });
  });

  it("says what is wrong", async () => {
    expect(await run({ path: [src("none")] })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/no source paths/),
    });
    expect(await run({ dest: undefined })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/must specify/),
    });
    expect(await run({ dest: join(home, "none/a") })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/does not exist/),
    });
    expect(await run({ path: [src("none"), src("link")] })).toMatchObject({
      changed: true,
      missing: [src("none")],
      dest_state: "incomplete",
    });
  });
});

const NOBODY = 65534;
const asNobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] as const;
const canBeNobody =
  process.getuid?.() === 0 && spawnSync(asNobody[0], [...asNobody.slice(1), "true"]).status === 0;

describe.skipIf(!canBeNobody)("unarchive by a user who is not root", () => {
  it.each(["tar.gz", "zip"])("comes to rest with .%s", async (kind) => {
    const local = localShell({ name: "here", home, env: { ...process.env, TMPDIR: join(home, "tmp") } });
    const shell: Shell = {
      ...local,
      run: (command, options) =>
        local.run(
          { ...command, argv: [...asNobody, "sh", "-c", 'umask 077; exec "$@"', "as", ...command.argv] },
          options,
        ),
    };
    for (const name of ["", "tmp", "de st"]) chownSync(join(home, name), NOBODY, NOBODY);
    const args = { src: join(archives, `a.${kind}`), dest: join(home, "de st") };
    expect(await runModule(unarchive, args, shell)).toMatchObject({ changed: true });
    expect(await runModule(unarchive, args, shell)).toMatchObject({ changed: false });
    await shell.close();
  });
});

describe("unarchive by wget", () => {
  it.skipIf(!hasBusybox)("downloads what is at a URL", async () => {
    const PATH = busyboxPath(join(paths, "with-wget"));
    const shell = localShell({ name: "here", home, env: { PATH, TMPDIR: join(home, "tmp") } });
    const server = await imageServer();
    server.on("/a.tar.gz", (_request, response) => response.end(readFileSync(join(archives, "a.tar.gz"))));
    const args = { src: `${server.url}/a.tar.gz`, remote_src: true, dest: join(home, "de st") };
    expect(await runModule(unarchive, args, shell)).toMatchObject({ changed: true });
    expect(await runModule(unarchive, args, shell)).toMatchObject({ changed: false });
    expect(await runModule(unarchive, { ...args, src: `${server.url}/none` }, shell)).toMatchObject({
      failed: true,
    });
    await server.close();
    await shell.close();
  });
});
