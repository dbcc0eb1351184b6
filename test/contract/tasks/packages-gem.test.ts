import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gem } from "../../../src/tasks/modules/gem.js";
import { shownCommand } from "../../fakes/scripted-module.js";
import { runModule } from "../../lab/module-machine.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine, TOOLS } from "../../lab/private-machine.js";
import { A_RUBY, RUBY_PACKAGES } from "../../lab/ruby-packages.js";

const hasGem = (() => {
  try {
    execFileSync("gem", ["--version"], { stdio: "ignore" });
    return canBePrivate;
  } catch {
    return false;
  }
})();

describe.runIf(hasGem || process.env["CI"]).each(TOOLS)("gem, by %s", (tools) => {
  let scratch: string;
  let machine: PrivateMachine;
  let commands: string[];
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "farm-gem-"));
    machine = await startPrivateMachine(scratch, { tools, programs: ["gem", "ruby"] });
    machine.run(A_RUBY);
  });
  afterEach(async () => {
    await machine.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const check = (args: Record<string, unknown>, options = {}) => {
    commands = [];
    const shell = {
      ...machine.shell,
      run: (...[command, more]: Parameters<typeof machine.shell.run>) => {
        commands.push(shownCommand(command));
        return machine.shell.run(command, more);
      },
    };
    const from = args["gem_source"] === undefined ? { repository: "file:///srv/gems/" } : {};
    return runModule(gem, { ...from, ...args }, shell, options);
  };
  const settled = async (args: Record<string, unknown>) => {
    expect(await check(args)).toMatchObject({ changed: false });
    expect(commands).toHaveLength(1);
  };
  const changes = async (args: Record<string, unknown>) => {
    const before = installed();
    expect(await check(args, { check: true })).toMatchObject({ changed: true });
    expect(installed()).toBe(before);
    const done = await check(args);
    expect(done, JSON.stringify(done)).toMatchObject({ changed: true, name: args["name"] });
    await settled(args);
  };
  const installed = (more = "") => machine.run(`gem list -q --local ${more} | grep farm || true`).trim();

  it("installs, with what is needed, and removes", async () => {
    await changes({ name: "farm-b" });
    expect(installed()).toBe("farm-a (1.0)\nfarm-b (1.0)");
    expect(await check({ name: "farm-a", state: "absent", force: true })).toMatchObject({ changed: true });
    await changes({ name: "farm-b", state: "absent" });
    expect(installed()).toBe("");
  });

  it("takes versions, and the latest", async () => {
    machine.run(`${RUBY_PACKAGES} package farm-a 2.0; package farm-a 3.0.pre; publish`);
    await changes({ name: "farm-a", version: "1.0" });
    await settled({ name: "farm-a" });
    await changes({ name: "farm-a", state: "latest" });
    expect(installed()).toBe("farm-a (2.0, 1.0)");
    await changes({ name: "farm-a", state: "absent", version: "1.0" });
    expect(installed()).toBe("farm-a (2.0)");
    await changes({ name: "farm-a", version: "3.0.pre", pre_release: true });
  });

  it("installs for all, into a directory, and from a file", async () => {
    await changes({ name: "farm-a", user_install: false });
    await changes({ name: "farm-a", user_install: false, state: "absent" });
    const args = { name: "farm-a", user_install: false, install_dir: "/root/gems" };
    await changes(args);
    expect(machine.run("ls /root/gems/gems")).toBe("farm-a-1.0\n");
    await changes({ ...args, state: "absent" });
    await changes({ name: "farm-a", gem_source: "/srv/gems/gems/farm-a-1.0.gem" });
    expect(installed()).toBe("farm-a (1.0)");
  });

  it("says what is wrong", async () => {
    const failed = (msg: RegExp) => ({ failed: true, msg: expect.stringMatching(msg) });
    expect(await check({ name: "farm-none" })).toMatchObject(failed(/valid gem 'farm-none'/));
    expect(await check({ name: "farm-a", executable: "no-gem" })).toMatchObject(failed(/there is no gem/));
    expect(await check({ name: "farm-a", version: "1.0", state: "latest" })).toMatchObject(failed(/version/));
    expect(await check({ name: "farm-a", install_dir: "/x" })).toMatchObject(failed(/user_install/));
  });
});
