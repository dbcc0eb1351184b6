import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageFacts } from "../../../src/tasks/modules/package-facts.js";
import { pacman } from "../../../src/tasks/modules/pacman.js";
import { shownCommand } from "../../fakes/scripted-module.js";
import { AN_ARCH, ARCH_PACKAGES } from "../../lab/arch-packages.js";
import { runModule } from "../../lab/module-machine.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine, TOOLS } from "../../lab/private-machine.js";

const hasPacman = (() => {
  try {
    execFileSync("repo-add", ["--version"], { stdio: "ignore" });
    return canBePrivate;
  } catch {
    return false;
  }
})();

describe.runIf(hasPacman || process.env["CI"]).each(TOOLS)("pacman, by %s", (tools) => {
  let scratch: string;
  let machine: PrivateMachine;
  let commands: string[];
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "farm-pacman-"));
    machine = await startPrivateMachine(scratch, { tools, programs: ["pacman"] });
    machine.run(AN_ARCH);
    machine.run("pacman -Sy");
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
    return runModule(pacman, args, shell, options);
  };
  /** Nothing to do, and one question finds that out. */
  const settled = async (args: Record<string, unknown>) => {
    for (const options of [{ check: true }, {}])
      expect(await check(args, options)).toMatchObject({ changed: false, packages: [] });
    expect(commands).toHaveLength(1);
  };
  const installed = () => machine.run("pacman -Q || true").trim().split("\n");

  it("installs, with what is needed, and removes", async () => {
    const args = { name: "farm-b" };
    const what = { changed: true, packages: ["farm-a", "farm-b"] };
    const diff = { before: "", after: "farm-a-1.0-1\nfarm-b-1.0-1\n" };
    expect(await check(args, { check: true, diff: true })).toMatchObject({ ...what, diff });
    expect(installed()).toEqual([""]);
    expect(await check(args, { diff: true })).toMatchObject({ ...what, diff, stdout: expect.any(String) });
    expect(installed()).toEqual(["farm-a 1.0-1", "farm-b 1.0-1"]);
    await settled(args);
    await settled({ ...args, state: "latest" });
    const gone = { name: "farm-a", state: "absent" };
    expect(await check(gone)).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/required by farm-b/),
    });
    const all = { ...gone, extra_args: "--cascade" };
    for (const options of [{ check: true }, {}])
      expect(await check(all, options)).toMatchObject({
        changed: true,
        packages: expect.arrayContaining(["farm-a-1.0-1", "farm-b-1.0-1"]),
      });
    expect(installed()).toEqual([""]);
    await settled(gone);
    await settled({ name: "farm-never", state: "removed" });
  });

  it("removes what others need, and configuration, by force", async () => {
    await check({ name: "farm-b" });
    machine.run("echo mine >>/etc/farm-a.conf; echo mine >>/etc/farm-b.conf");
    expect(await check({ name: "farm-a", state: "absent", force: true })).toMatchObject({ changed: true });
    expect(installed()).toEqual(["farm-b 1.0-1"]);
    await check({ name: "farm-b", state: "absent", remove_nosave: true });
    expect(machine.run("ls /etc/farm-*")).toBe("/etc/farm-a.conf.pacsave\n");
  });

  it("upgrades to the latest, one or all", async () => {
    await check({ name: "farm-b" });
    await settled({ upgrade: true });
    machine.run(`${ARCH_PACKAGES} package farm-a 2.0-1`);
    await settled({ name: "farm-a", state: "latest" });
    const latest = { name: ["farm-a", "farm-b"], state: "latest", update_cache: true };
    expect(await check(latest, { diff: true })).toMatchObject({
      changed: true,
      cache_updated: true,
      packages: ["farm-a"],
      diff: { before: "farm-a-1.0-1-dependency\n", after: "farm-a-2.0-1-dependency\n" },
    });
    expect(await check(latest)).toMatchObject({ changed: false, cache_updated: false });
    machine.run(`${ARCH_PACKAGES} package farm-a 3.0-1; package farm-b 3.0-1`);
    expect(await check({ update_cache: true })).toMatchObject({ changed: true, cache_updated: true });
    expect(await check({ update_cache: true })).toMatchObject({ changed: false, cache_updated: false });
    expect(await check({ update_cache: true, force: true })).toMatchObject({ changed: true });
    await settled({ name: "farm-b" });
    const upgrade = { changed: true, packages: ["farm-a", "farm-b"] };
    for (const options of [{ check: true }, { diff: true }])
      expect(await check({ upgrade: true }, options)).toMatchObject(upgrade);
    expect(installed()).toEqual(["farm-a 3.0-1", "farm-b 3.0-1"]);
    await settled({ upgrade: true });
  });

  it("leaves alone what is to be ignored", async () => {
    await check({ name: "farm-a" });
    machine.run(`sed -i 's/^SigLevel.*/&\\nIgnorePkg = farm-a/' /etc/pacman.conf
      ${ARCH_PACKAGES} package farm-a 2.0-1; pacman -Sy`);
    await settled({ name: "farm-a", state: "latest" });
    await settled({ upgrade: true });
  });

  it("knows groups, repositories, versions and what others provide", async () => {
    expect(await check({ name: "farm-group" })).toMatchObject({
      changed: true,
      packages: ["farm-a", "farm-b", "farm-c"],
    });
    for (const name of ["farm-group", "farm-virtual", "test/farm-a", "farm-a>=1.0", "farm-a=1.0"])
      await settled({ name });
    expect(await check({ name: "farm-a>=2.0" })).toMatchObject({ failed: true });
    expect(await check({ name: "farm-group", state: "absent" })).toMatchObject({ changed: true });
    expect(installed()).toEqual(["farm-a 1.0-1"]);
    await settled({ name: ["farm-group", "test/farm-b"], state: "absent" });
    expect(await check({ name: "farm-virtual" })).toMatchObject({ packages: ["farm-c"] });
  });

  it("installs files and addresses", async () => {
    machine.run(`${ARCH_PACKAGES} package farm-a 2.0-1; pacman -Sy`);
    const old = "/srv/repo/farm-a-1.0-1-any.pkg.tar.gz";
    const args = { name: [old, "farm-c"] };
    for (const options of [{ check: true }, {}])
      expect(await check(args, options)).toMatchObject({ changed: true, packages: ["farm-a", "farm-c"] });
    expect(installed()).toEqual(["farm-a 1.0-1", "farm-c 1.0-1"]);
    await settled(args);
    await settled({ name: `file://${old}` });
    const newer = { name: "file:///srv/repo/farm-a-2.0-1-any.pkg.tar.gz" };
    expect(await check(newer)).toMatchObject({ changed: true });
    expect(installed()).toEqual(["farm-a 2.0-1", "farm-c 1.0-1"]);
    expect(await check({ name: old, state: "absent" })).toMatchObject({ changed: true });
    expect(installed()).toEqual(["farm-c 1.0-1"]);
  });

  it("sets why something is installed", async () => {
    const args = { name: "farm-a", reason: "dependency" };
    expect(await check(args, { diff: true })).toMatchObject({
      changed: true,
      diff: { after: "farm-a-1.0-1-dependency\n" },
    });
    expect(machine.run("pacman -Qdq")).toBe("farm-a\n");
    const explicit = { name: "farm-a", reason: "explicit" };
    await settled(explicit);
    const all = { ...explicit, reason_for: "all" };
    for (const options of [{ check: true }, {}])
      expect(await check(all, options)).toMatchObject({ changed: true, packages: ["farm-a"] });
    await settled(all);
    expect(machine.run("pacman -Qeq")).toBe("farm-a\n");
  });

  it("says what is wrong", async () => {
    for (const options of [{ check: true }, {}])
      expect(await check({ name: ["farm-a", "farm-none"] }, options)).toMatchObject({
        failed: true,
        msg: expect.stringMatching(/'farm-none' \(target not found: farm-none\).*update_cache/),
      });
    machine.run(": >/var/lib/pacman/db.lck");
    expect(await check({ name: "farm-a" })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/cannot install farm-a: .*could not lock database/),
    });
    expect(await check({ name: "farm-a", executable: "no-pacman" })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/there is no no-pacman/),
    });
    expect(await check({ name: "farm-a", upgrade: true })).toMatchObject({ failed: true });
    machine.run("rm -r /var/lib/pacman/db.lck /srv/repo");
    expect(await check({ update_cache: true })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/cannot update the package lists: .*retriev/),
    });
  });

  it("tells what is installed", async () => {
    machine.run(
      `${ARCH_PACKAGES} package farm-b 1.0-1 'depend = farm-a' 'provides = farm-x=2' 'provides = farm-y'; pacman -Sy`,
    );
    await check({ name: "farm-b" });
    const one = { version: "1.0-1", arch: "any", provides: null, source: "pacman" };
    const facts = await runModule(packageFacts, { manager: "pacman" }, machine.shell);
    expect(facts["ansible_facts"]).toEqual({
      packages: {
        "farm-a": [{ ...one, name: "farm-a" }],
        "farm-b": [{ ...one, name: "farm-b", provides: ["farm-x", "farm-y"] }],
      },
    });
  });
});
