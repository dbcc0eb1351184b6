import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { apt } from "../../../src/tasks/modules/apt.js";
import { compareDebianVersions } from "../../../src/tasks/packages/debian-version.js";
import { shownCommand } from "../../fakes/scripted-module.js";
import { A_DEBIAN, A_NEWER_ONE, DEBIAN_PACKAGES } from "../../lab/debian-packages.js";
import { runModule } from "../../lab/module-machine.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine, TOOLS } from "../../lab/private-machine.js";

/** What apt and dpkg are on a machine with busybox. */
const APT = ["apt-get", "apt-cache", "apt-mark", "dpkg", "dpkg-query", "dpkg-deb"];
const DPKG = [...APT, "tar", "ldconfig", "start-stop-daemon", "dpkg-split", "diff", "rm"];

describe.runIf(canBePrivate).each(TOOLS)("apt, by %s", (tools) => {
  let scratch: string;
  let machine: PrivateMachine;
  let commands: string[];
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "farm-apt-"));
    machine = await startPrivateMachine(scratch, { tools, programs: DPKG });
    machine.run(A_DEBIAN);
    machine.run("apt-get update");
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
    return runModule(apt, args, shell, options);
  };
  /** Nothing to do, and one question finds that out. */
  const settled = async (args: Record<string, unknown>) => {
    expect(await check(args)).toMatchObject({ changed: false });
    expect(commands, commands.join()).toHaveLength(1);
    expect(await check(args, { check: true })).toMatchObject({ changed: false });
  };
  const installed = () =>
    machine.run('dpkg -l 2>/dev/null | awk \'/^[a-z]. /{print $1 " " $2 "=" $3}\'').trim().split("\n");

  it("installs, with what is needed, and removes", async () => {
    const args = { name: "farm-b" };
    expect(await check(args, { check: true, diff: true })).toMatchObject({
      changed: true,
      diff: { before: "", after: "farm-a 1.0\nfarm-b 1.0\n" },
    });
    expect(installed()).toEqual([""]);
    const done = await check(args, { diff: true });
    expect(done).toMatchObject({ changed: true, cache_updated: false, diff: { before: "" } });
    expect(done["stdout"]).toMatch(/Setting up farm-b/);
    expect(installed()).toEqual(["ii farm-a=1.0", "ii farm-b=1.0"]);
    await settled(args);
    expect(await check({ name: "farm-a", state: "absent" }, { diff: true })).toMatchObject({
      changed: true,
      diff: { before: "farm-a 1.0\nfarm-b 1.0\n", after: "" },
    });
    await settled({ name: "farm-a", state: "absent" });
    expect(installed()).toEqual(["rc farm-a=1.0", "rc farm-b=1.0"]);
  });

  it("purges what was removed before", async () => {
    await check({ name: "farm-a" });
    await check({ name: "farm-a", state: "absent" });
    expect(await check({ name: "farm-a", state: "absent", purge: true })).toMatchObject({ changed: true });
    expect(installed()).toEqual([""]);
    await settled({ name: "farm-a", state: "absent", purge: true });
    await settled({ name: "never-was", state: "absent", purge: true });
  });

  it("upgrades to the latest, one or all", async () => {
    await check({ name: ["farm-a", "farm-b"] });
    await settled({ name: "farm-a", state: "latest" });
    await settled({ upgrade: true });
    machine.run(A_NEWER_ONE);
    await settled({ name: "farm-a" });
    await settled({ name: "farm-a", state: "latest" });
    expect(await check({ name: "farm-a", state: "latest", update_cache: true })).toMatchObject({
      changed: true,
      cache_updated: true,
    });
    expect(installed()).toEqual(["ii farm-a=2.0", "ii farm-b=1.0"]);
    await settled({ name: "*", state: "latest" });
    machine.run(`${DEBIAN_PACKAGES}package farm-b 2.0 'Depends: farm-a, farm-c'; publish; apt-get update`);
    const upgraded = await check({ upgrade: "dist" }, { diff: true });
    expect(upgraded).toMatchObject({
      changed: true,
      diff: { before: "farm-b 1.0\n", after: "farm-b 2.0\nfarm-c 1.0\n" },
    });
    for (const upgrade of ["dist", "full", "safe", "yes"]) await settled({ upgrade });
  });

  it("takes versions", async () => {
    machine.run(A_NEWER_ONE);
    machine.run("apt-get update");
    expect(await check({ name: "farm-a=1.*" })).toMatchObject({ changed: true });
    await settled({ name: "farm-a=1.*" });
    await settled({ name: "farm-a>=0.9" });
    expect(await check({ name: "farm-a>=2.0" }, { check: true })).toMatchObject({ changed: true });
    expect(await check({ name: "farm-a>=2.0" })).toMatchObject({ changed: true });
    await settled({ name: "farm-a>=2.0~rc1" });
    expect(installed()).toEqual(["ii farm-a=2.0"]);
    const down = { name: "farm-a=1.0" };
    expect(await check(down)).toMatchObject({ failed: true, msg: expect.stringMatching(/downgraded/) });
    expect(await check({ ...down, allow_downgrade: true })).toMatchObject({ changed: true });
    await settled(down);
    for (const name of ["farm-a=7", "farm-a>=7"])
      expect(await check({ name })).toMatchObject({ failed: true, msg: expect.stringMatching(/7/) });
    expect(installed()).toEqual(["ii farm-a=1.0"]);
  });

  it("takes patterns, and what others provide", async () => {
    expect(await check({ name: "farm-[bc]" })).toMatchObject({ changed: true });
    expect(installed()).toEqual(["ii farm-a=1.0", "ii farm-b=1.0", "ii farm-c=1.0"]);
    expect(await check({ name: "farm-*" })).toMatchObject({ changed: false });
    await settled({ name: "farm-*" });
    await settled({ name: ["farm-virtual"] });
    await settled({ name: "farm-virtual", state: "absent" });
    expect(await check({ name: "nothing-*" })).toMatchObject({
      failed: true,
      msg: "No package(s) matching 'nothing-*' available",
    });
    expect(await check({ name: "farm-[bc]", state: "absent" })).toMatchObject({ changed: true });
  });

  it("keeps what was asked for when the rest goes", async () => {
    await check({ name: "farm-b" });
    const automatic = () => machine.run("apt-mark showauto").trim();
    expect(automatic()).toBe("farm-a");
    await check({ name: "farm-a" }, { check: true });
    expect(automatic()).toBe("farm-a");
    expect(await check({ name: "farm-a" })).toMatchObject({ changed: false });
    expect(automatic()).toBe("");
    await settled({ autoremove: true });
    machine.run("apt-mark auto farm-a");
    expect(await check({ name: "farm-b", state: "absent" })).toMatchObject({ changed: true });
    expect(installed()).toContain("ii farm-a=1.0");
    expect(await check({ autoremove: true }, { check: true })).toMatchObject({ changed: true });
    expect(await check({ autoremove: true, purge: true })).toMatchObject({ changed: true });
    expect(installed()).toEqual(["rc farm-b=1.0"]);
    await check({ name: "farm-b" });
    expect(await check({ name: "farm-b", state: "absent", autoremove: true })).toMatchObject({
      changed: true,
    });
    expect(installed().filter((each) => each.startsWith("ii"))).toEqual([]);
    await settled({ autoremove: true });
  });

  it("upgrades only what is there", async () => {
    await settled({ name: "farm-a", state: "latest", only_upgrade: true });
    await settled({ name: "farm-a", only_upgrade: true });
    expect(installed()).toEqual([""]);
  });

  it("installs files", async () => {
    machine.run(`${A_NEWER_ONE} apt-get update`);
    const deb = "/srv/repo/farm-b_1.0_all.deb, /srv/repo/farm-a_1.0_all.deb";
    expect(await check({ deb }, { check: true })).toMatchObject({ changed: true });
    expect(await check({ deb })).toMatchObject({ changed: true });
    expect(installed()).toEqual(["ii farm-a=1.0", "ii farm-b=1.0"]);
    await settled({ deb });
    expect(await check({ deb: "/srv/repo/farm-a_2.0_all.deb" })).toMatchObject({ changed: true });
    expect(await check({ deb: "/none.deb" })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/\/none\.deb/),
    });
  });

  it("fetches the lists when they are too old", async () => {
    // Where apt works its directories are newer afterwards, whatever it found.
    machine.run(
      "cd /var/lib/apt/lists; mkdir -p partial auxfiles; touch -d '2 hours ago' . partial auxfiles",
    );
    await settled({ update_cache: true, cache_valid_time: 10_000 });
    const old = { cache_valid_time: 3600 };
    expect(await check(old, { check: true })).toMatchObject({ changed: true, cache_updated: true });
    // They are as new as can be, and nothing in them is.
    expect(await check(old)).toMatchObject({ changed: false, cache_updated: true });
    await settled(old);
    machine.run(`${A_NEWER_ONE} touch -d '2 hours ago' /var/lib/apt/lists`);
    const fetched = await check(old);
    expect(fetched).toMatchObject({ changed: true, cache_updated: true });
    const now = Number(machine.run("stat -c %Y /var/lib/apt/lists"));
    expect(Math.abs(Number(fetched["cache_update_time"]) - now)).toBeLessThan(2);
    machine.run("touch -d '2 hours ago' /var/lib/apt/lists");
    expect(await check({ ...old, name: "farm-a", state: "latest" })).toMatchObject({ changed: true });
  });

  it("says that a source cannot be read", async () => {
    machine.run("echo 'deb [trusted=yes] file:/srv/none ./' >>/etc/apt/sources.list");
    const args = { update_cache: true, update_cache_retries: 0 };
    expect(await check(args)).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/^Failed to update apt cache: .*\/srv\/none/),
    });
  });

  it("says what is wrong with a name", async () => {
    for (const options of [{}, { check: true }])
      expect(await check({ name: ["farm-a", "farm-none", "farm-no"] }, options)).toMatchObject({
        failed: true,
        rc: 100,
        msg: expect.stringMatching(
          /Unable to locate package farm-none; Unable to locate package farm-no: .*update_cache/,
        ),
      });
    for (const name of ["farm-a-", "--purge", "farm a"])
      expect(await check({ name })).toMatchObject({ failed: true, msg: expect.stringMatching(/no name/) });
    expect(await check({ name: "farm-a", upgrade: "dist" })).toMatchObject({ failed: true });
  });

  it("waits for whoever has the lock", async () => {
    const lock = (file: string) => {
      const holder = spawn(join(machine.enter, "sh"), ["-c", `exec ${PYTHON_LOCK.replace("FILE", file)}`], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      return new Promise<() => void>((resolve) =>
        holder.stdout.once("data", () => resolve(() => holder.stdin.end())),
      );
    };
    for (const [file, args] of [
      ["/var/lib/dpkg/lock-frontend", { name: "farm-a" }],
      ["/var/lib/apt/lists/lock", { update_cache: true }],
    ] as const) {
      const release = await lock(file);
      expect(await check({ ...args, lock_timeout: 0 })).toMatchObject({
        failed: true,
        msg: expect.stringMatching(/Could not get lock/),
      });
      const waiting = check({ ...args, lock_timeout: 60 });
      release();
      expect((await waiting)["failed"]).toBeUndefined();
    }
    expect(installed()).toEqual(["ii farm-a=1.0"]);
  });

  it("repairs, cleans, and keeps services from starting", async () => {
    await settled({ state: "fixed" });
    machine.run("dpkg --force-depends -i /srv/repo/farm-b_1.0_all.deb 2>&1");
    expect(await check({ state: "fixed" }, { check: true })).toMatchObject({ changed: true });
    expect(await check({ state: "fixed" })).toMatchObject({ changed: true });
    await settled({ state: "fixed" });
    machine.run(": >/var/cache/apt/archives/farm-old_1_all.deb");
    expect(await check({ autoclean: true }, { check: true })).toMatchObject({ changed: true });
    expect(await check({ autoclean: true })).toMatchObject({ changed: true });
    await settled({ autoclean: true });
    machine.run(": >/var/cache/apt/archives/farm-old_1_all.deb");
    expect(await check({ clean: true }, { check: true })).toMatchObject({ changed: true });
    expect(await check({ clean: true })).toMatchObject({ changed: true });
    await settled({ clean: true });
    machine.run(`${DEBIAN_PACKAGES}
      mkdir -p /tmp/build/farm-s-1/DEBIAN
      printf '#!/bin/sh\\n/usr/sbin/policy-rc.d; echo $? >/root/policy\\n' >/tmp/build/farm-s-1/DEBIAN/postinst
      chmod 755 /tmp/build/farm-s-1/DEBIAN/postinst
      package farm-s 1; publish; apt-get update
      printf 'mine' >/usr/sbin/policy-rc.d`);
    expect(await check({ name: "farm-s", policy_rc_d: 101 })).toMatchObject({ changed: true });
    expect(machine.run("cat /root/policy /usr/sbin/policy-rc.d")).toBe("101\nmine");
  });

  it("compares versions as dpkg does", () => {
    const versions = [
      "1",
      "1.0",
      "1.0-1",
      "1:0",
      "1~rc1",
      "1~",
      "1a",
      "1+b1",
      "1.10",
      "1.9",
      "1.0-1+b2",
      "01",
    ];
    const pairs = versions.flatMap((one) =>
      versions.map((other) => {
        const sign = Math.sign(compareDebianVersions(one, other));
        return [one, sign < 0 ? "lt" : sign > 0 ? "gt" : "eq", other];
      }),
    );
    machine.run(
      'while [ $# -gt 0 ]; do dpkg --compare-versions "$1" "$2" "$3"; shift 3; done',
      ...pairs.flat(),
    );
  });
});

/** Holds a lock as apt does until its stdin closes. */
const PYTHON_LOCK = `/usr/bin/perl -e '
  open(my $file, "+>>", "FILE") or die; binmode STDOUT; $| = 1;
  my $lock = pack("s s x4 q q i x4", 1, 0, 0, 0, 0);
  fcntl($file, 6, $lock) or die "no lock: $!";
  print "held\\n"; <STDIN>;'`;
