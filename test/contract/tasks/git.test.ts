import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { git } from "../../../src/tasks/modules/git.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { runModule } from "../../lab/module-machine.js";
import { toolPaths } from "../../lab/tool-paths.js";

const SHELLS = toolPaths("git");

let home: string;
let origin: string;

const ENV = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@example",
};
const run = (directory: string, ...args: string[]): string =>
  execFileSync("git", ["-C", directory, ...args], {
    encoding: "utf8",
    env: { ...process.env, HOME: home, ...ENV },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

/** A commit that writes a file. @returns its name */
function commit(directory: string, file: string, content: string): string {
  writeFileSync(join(directory, file), content);
  run(directory, "add", "-A");
  run(directory, "commit", "-qm", content);
  return run(directory, "rev-parse", "HEAD");
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "farm-git-"));
  writeFileSync(
    join(home, ".gitconfig"),
    '[protocol "file"]\n\tallow = always\n[init]\n\tdefaultBranch = main\n',
  );
  origin = join(home, "ori gin");
  mkdirSync(origin);
  run(origin, "init", "-q");
  commit(origin, "a", "first");
  commit(origin, "a", "second");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe.each(SHELLS)("git by $kind", ({ path }) => {
  let shell: Shell;
  let PATH = "";
  let asked: number;
  beforeAll(() => {
    PATH = path();
  });
  beforeEach(() => {
    const local = localShell({ name: "here", home, env: { PATH } });
    asked = 0;
    shell = {
      ...local,
      run: (command, options) => {
        asked++;
        return local.run(command, options);
      },
    };
  });
  afterEach(() => shell.close());

  const dest = () => join(home, "deep/er", "de st");
  const content = (file = "a") => readFileSync(join(dest(), file), "utf8");
  const check = (args: Record<string, unknown> = {}, options = {}) =>
    runModule(git, { repo: origin, dest: dest(), ...args }, shell, options);
  /** The second time there is nothing to do, and one round trip finds that out. */
  async function settled(args: Record<string, unknown> = {}): Promise<void> {
    asked = 0;
    expect(await check(args)).toMatchObject({ changed: false });
    expect(asked).toBe(1);
  }

  it("clones, and gets what is new", async () => {
    const before = run(origin, "rev-parse", "HEAD");
    expect(await check({}, { check: true })).toMatchObject({ changed: true, before: null, after: before });
    expect(existsSync(dest())).toBe(false);
    expect(await check()).toMatchObject({ changed: true, before: null, after: before });
    expect(content()).toBe("second");
    await settled();
    const after = commit(origin, "a", "third");
    expect(await check({}, { check: true })).toMatchObject({ changed: true, before, after });
    expect(await check({ update: false })).toMatchObject({ changed: false, after: before });
    expect(await check()).toMatchObject({ changed: true, before, after });
    expect(content()).toBe("third");
    await settled();
  });

  it("checks out branches, tags and commits, and goes from one to the other", async () => {
    const first = run(origin, "rev-parse", "HEAD~1");
    run(origin, "tag", "-am", "x", "v1", first);
    run(origin, "checkout", "-qb", "other/one");
    const other = commit(origin, "a", "on the other");
    run(origin, "checkout", "-q", "main");
    for (const version of ["v1", "other/one", first, "main", first.slice(0, 9), "HEAD"]) {
      const result = await check({ version });
      expect(result["failed"]).toBeUndefined();
      expect(run(dest(), "rev-parse", "HEAD")).toBe(result["after"]);
      await settled({ version });
    }
    expect(await check({ version: "other/one" })).toMatchObject({ changed: true, after: other });
    expect(run(dest(), "rev-parse", "--abbrev-ref", "HEAD@{upstream}")).toBe("origin/other/one");
    expect(await check({ version: "none/such" })).toMatchObject({ failed: true });
    expect(run(dest(), "rev-parse", "HEAD")).toBe(other);
  });

  it("follows a branch that was rewritten and a tag that was moved", async () => {
    run(origin, "tag", "v1");
    await check({ version: "v1" });
    await check({ version: "main" });
    run(origin, "reset", "-q", "--hard", "HEAD~1");
    const after = commit(origin, "a", "another second");
    run(origin, "tag", "-f", "v1");
    expect(await check({ version: "main" })).toMatchObject({ changed: true, after });
    await settled({ version: "main" });
    run(origin, "tag", "-f", "v1", "HEAD~1");
    expect(await check({ version: "v1" })).toMatchObject({ changed: true });
    await settled({ version: "v1" });
  });

  it("refuses local changes, unless it may throw them away", async () => {
    await check();
    writeFileSync(join(dest(), "a"), "mine");
    writeFileSync(join(dest(), "untracked"), "kept");
    expect(await check()).toMatchObject({ failed: true, msg: expect.stringMatching(/Local modifications/) });
    expect(await check({ force: true }, { check: true })).toMatchObject({ changed: true });
    expect(content()).toBe("mine");
    expect(await check({ force: true })).toMatchObject({ changed: true });
    expect([content(), content("untracked")]).toEqual(["second", "kept"]);
    await settled({ force: true });
  });

  it("clones with a short history, and goes on so", async () => {
    const args = { depth: 1, version: "main" };
    expect(await check(args)).toMatchObject({ changed: true });
    expect(run(dest(), "rev-list", "--count", "HEAD")).toBe("1");
    await settled(args);
    commit(origin, "a", "third");
    run(origin, "checkout", "-qb", "next");
    commit(origin, "a", "fourth");
    run(origin, "checkout", "-q", "main");
    expect(await check(args)).toMatchObject({ changed: true });
    expect(await check({ ...args, version: "next" })).toMatchObject({ changed: true });
    expect(content()).toBe("fourth");
    await settled({ ...args, version: "next" });
  });

  it("moves on to another remote", async () => {
    await check();
    const moved = join(home, "moved");
    run(home, "clone", "-q", origin, moved);
    const after = commit(moved, "a", "moved");
    expect(await check({ repo: moved })).toMatchObject({ changed: true, remote_url_changed: true, after });
    expect(await check({ repo: moved })).toMatchObject({ changed: false, remote_url_changed: false });
  });

  it("brings submodules along", async () => {
    const sub = join(home, "sub");
    mkdirSync(sub);
    run(sub, "init", "-q");
    commit(sub, "s", "one");
    run(origin, "submodule", "--quiet", "add", sub, "in side");
    run(origin, "commit", "-qm", "with submodule");
    expect(await check()).toMatchObject({ changed: true });
    expect(content("in side/s")).toBe("one");
    await settled();
    commit(sub, "s", "two");
    await settled();
    expect(await check({ track_submodules: true })).toMatchObject({
      changed: true,
      submodules_changed: true,
    });
    expect(content("in side/s")).toBe("two");
    await settled({ track_submodules: true });
    rmSync(dest(), { recursive: true });
    await check({ recursive: false });
    expect(existsSync(join(dest(), "in side/s"))).toBe(false);
    expect(await check()).toMatchObject({ changed: true, submodules_changed: true });
    expect(content("in side/s")).toBe("one");
  });

  it("keeps a bare repository as the remote is", async () => {
    await check({ bare: true });
    expect(existsSync(join(dest(), "HEAD"))).toBe(true);
    await settled({ bare: true });
    run(origin, "branch", "more");
    expect(await check({ bare: true })).toMatchObject({ changed: true });
    expect(run(dest(), "branch", "--list", "more")).toContain("more");
    await settled({ bare: true });
  });

  it("fetches what a refspec says", async () => {
    const first = run(origin, "rev-parse", "HEAD~1");
    run(origin, "update-ref", "refs/changes/1", first);
    const args = { refspec: "+refs/changes/*:refs/heads/changes/*", version: "changes/1" };
    expect(await check(args)).toMatchObject({ changed: true, after: first });
    expect(await check(args)).toMatchObject({ changed: false, after: first });
  });

  it("tells what the remote has without cloning", async () => {
    const after = run(origin, "rev-parse", "HEAD");
    expect(await check({ clone: false, dest: undefined })).toMatchObject({
      changed: false,
      before: null,
      after,
    });
    expect(existsSync(dest())).toBe(false);
  });

  it("keeps the repository elsewhere", async () => {
    await check({ separate_git_dir: "~/git dir", single_branch: true, version: "main" });
    expect(existsSync(join(home, "git dir", "HEAD"))).toBe(true);
    await settled({ version: "main" });
  });

  it("says what is wrong", async () => {
    expect(await check({ repo: join(home, "none") })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/does not appear to be a git repository|not found|Could not read/),
    });
    expect(await check({ executable: "no-git" })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/install it/),
    });
    mkdirSync(dest(), { recursive: true });
    writeFileSync(join(dest(), "mine"), "");
    expect(await check()).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/not an empty directory/),
    });
    expect(await check({ version: "--upload-pack=x" })).toMatchObject({ failed: true });
  });
});

describe("a password in the URL", () => {
  let server: Server;
  afterEach(() => server.close());

  it("reaches the server, and is in no command and no file", async () => {
    const expected = `Basic ${Buffer.from("joe:s3cr@t").toString("base64")}`;
    run(origin, "update-server-info");
    server = createServer((request, response) => {
      const file = join(origin, ".git", (request.url ?? "").replace(/^\/repo/, "").replace(/\?.*/, ""));
      if (request.headers.authorization !== expected)
        return response.writeHead(401, { "WWW-Authenticate": 'Basic realm="x"' }).end();
      return existsSync(file) && !file.endsWith("/")
        ? response.end(readFileSync(file))
        : response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const local = localShell({ name: "here", home, env: { PATH: process.env["PATH"] ?? "" } });
    const commands: string[] = [];
    const shell: Shell = {
      ...local,
      run: (command, options) => {
        commands.push(command.argv.join(" "));
        return local.run(command, options);
      },
    };
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}/repo`;
    const dest = join(home, "clone");
    const args = { repo: `http://joe:s3cr%40t@${at}`, dest };
    expect(await runModule(git, args, shell)).toMatchObject({ changed: true });
    expect(await runModule(git, args, shell)).toMatchObject({ changed: false });
    expect(commands.join("\n")).not.toMatch(/s3cr/);
    expect(readFileSync(join(dest, ".git/config"), "utf8")).toContain(`url = http://${at}`);
    const refused = await runModule(
      git,
      { ...args, repo: `http://joe:wrong@${at}`, dest: join(home, "no") },
      shell,
    );
    expect(refused).toMatchObject({ failed: true });
    expect(JSON.stringify(refused)).not.toContain("wrong");
    await shell.close();
  });
});
