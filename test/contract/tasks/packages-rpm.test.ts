import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dnf } from "../../../src/tasks/modules/dnf.js";
import { packageFacts } from "../../../src/tasks/modules/package-facts.js";
import { zypper } from "../../../src/tasks/modules/zypper.js";
import { shownCommand } from "../../fakes/scripted-module.js";
import { runModule } from "../../lab/module-machine.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine, TOOLS } from "../../lab/private-machine.js";
import { AN_RPM_MACHINE, RPM_PACKAGES } from "../../lab/rpm-packages.js";

const hasRpm = (() => {
  try {
    for (const program of ["rpmbuild", "createrepo_c", "dnf", "zypper"])
      execFileSync(program, ["--version"], { stdio: "ignore" });
    return canBePrivate;
  } catch {
    return false;
  }
})();

const KINDS = [
  { name: "dnf", module: dnf, older: { allow_downgrade: true } },
  { name: "zypper", module: zypper, older: {} },
].flatMap((one) => TOOLS.map((tools) => ({ ...one, tools })));

/** A group of farm-a, and by default farm-c. */
const GROUP = `cat >/srv/comps.xml <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<comps><group><id>farm-group</id><name>Farm Group</name><description>x</description><default>true</default>
<uservisible>true</uservisible><packagelist><packagereq type="mandatory">farm-a</packagereq>
<packagereq type="default">farm-c</packagereq></packagelist></group></comps>
END
`;

describe.runIf(hasRpm || process.env["CI"]).each(KINDS)(
  "$name, by $tools",
  ({ name: program, module, older, tools }) => {
    let scratch: string;
    let machine: PrivateMachine;
    let commands: string[];
    beforeEach(async () => {
      scratch = mkdtempSync(join(tmpdir(), "farm-rpm-"));
      machine = await startPrivateMachine(scratch, {
        tools,
        programs: ["rpm", "rpmkeys", "dnf", "zypper", "repo2solv", "rpmdb2solv", "rpmmd2solv"],
      });
      machine.run(AN_RPM_MACHINE);
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
      return runModule(module, args, shell, options);
    };
    const settled = async (args: Record<string, unknown>) => {
      for (const options of [{ check: true }, {}])
        expect(await check(args, options), JSON.stringify(args)).toMatchObject({
          changed: false,
          results: [],
        });
      expect(commands).toHaveLength(1);
    };
    /** The same in a check, where nothing is done. */
    const changes = async (args: Record<string, unknown>, results: readonly string[]) => {
      const before = installed();
      const would = await check(args, { check: true });
      expect(would).toMatchObject({ changed: true });
      expect(installed()).toEqual(before);
      const done = await check(args);
      expect(done, JSON.stringify(done)).toMatchObject({ changed: true, rc: 0 });
      expect(done["results"]).toEqual(results);
      expect(would["results"]).toEqual(
        expect.arrayContaining(results.filter((one) => one.startsWith("Installed") || results.length === 1)),
      );
    };
    const installed = () => machine.run("rpm -qa | grep -v farm-base | sort || true").trim().split("\n");
    const [A, B, C] = ["a", "b", "c"].map((one) => `farm-${one}-1.0-1.noarch`);

    it("installs, with what is needed, and removes", async () => {
      await changes({ name: "farm-b" }, [`Installed: ${A}`, `Installed: ${B}`]);
      for (const name of ["farm-b", "farm-b-1.0", ["farm-a", "farm-b"], "/opt/farm-a"])
        await settled({ name });
      await settled({ name: "farm-b", state: "latest" });
      await changes({ name: "farm-b", state: "absent" }, [`Removed: ${B}`]);
      await settled({ name: ["farm-b", "farm-never"], state: "removed" });
      await check({ name: "farm-b" });
      const gone = await check({ name: "farm-a", state: "absent" });
      expect(gone, JSON.stringify(gone)).toMatchObject({
        changed: true,
        results: [`Removed: ${A}`, `Removed: ${B}`],
      });
    });

    it("upgrades to the latest, one or all", async () => {
      await check({ name: "farm-b" });
      await settled({ name: "*", state: "latest" });
      machine.run(`${RPM_PACKAGES} package farm-a 2.0; package farm-b 2.0; publish`);
      await settled({ name: "farm-a" });
      const two = "farm-a-2.0-1.noarch";
      expect(await check({ update_cache: true })).toMatchObject({ changed: false });
      await changes({ name: ["farm-a", "farm-c"], state: "latest" }, [
        `Installed: ${two}`,
        `Installed: ${C}`,
        `Removed: ${A}`,
      ]);
      await settled({ name: ["farm-a", "farm-c"], state: "latest" });
      await settled({ name: "farm-b" });
      await changes({ name: "*", state: "latest" }, ["Installed: farm-b-2.0-1.noarch", `Removed: ${B}`]);
      await settled({ upgrade: true });
      const name = program === "dnf" ? "farm-a-1.0" : "farm-a=1.0";
      // zypper takes a version that is named.
      if (program === "dnf") await settled({ name });
      await changes({ name, ...older }, [`Installed: ${A}`, `Removed: ${two}`]);
    });

    it("takes files, and what others provide", async () => {
      await changes({ name: "/srv/repo/farm-a-1.0-1.noarch.rpm", disable_gpg_check: true }, [
        `Installed: ${A}`,
      ]);
      await settled({ name: "/srv/repo/farm-a-1.0-1.noarch.rpm" });
      await changes({ name: "farm-virtual" }, [`Installed: ${C}`]);
      await settled({ name: "farm-virtual" });
    });

    it("says what is wrong", async () => {
      if (program === "dnf") {
        const heldBy = (pid: number) =>
          machine.run(`mkdir -p /var/cache/dnf; echo ${pid} >/var/cache/dnf/metadata_lock.pid`);
        heldBy(1);
        for (const what of [{ name: "farm-a" }, { update_cache: true }])
          expect(await check({ ...what, lock_timeout: 0 })).toMatchObject({
            failed: true,
            msg: expect.stringContaining("held by another process: 1 has /var/cache/dnf/metadata_lock.pid"),
          });
        // No process has that number.
        heldBy(2 ** 30);
        expect(await check({ name: "farm-a", lock_timeout: 0 }, { check: true })).toMatchObject({
          changed: true,
        });
      }
      for (const options of [{ check: true }, {}])
        expect(await check({ name: ["farm-a", "farm-none"] }, options)).toMatchObject({
          failed: true,
          msg: expect.stringMatching(/farm-none/),
        });
      expect(installed()).toEqual([""]);
      expect(await check({})).toMatchObject({ failed: true, msg: expect.stringMatching(/needs name/) });
      expect(await check({ name: "--assumeyes" })).toMatchObject({ failed: true });
      machine.run("rm -r /srv/repo /var/cache/dnf /var/cache/zypp 2>/dev/null || true");
      expect(await check({ name: "farm-a" })).toMatchObject({ failed: true });
    });

    it.runIf(program === "dnf")("removes what nothing needs, where it may", async () => {
      await check({ name: "farm-b" });
      await check({ name: "farm-b", state: "absent" });
      expect(installed()).toEqual([A]);
      await changes({ autoremove: true }, [`Removed: ${A}`]);
      await settled({ autoremove: true });
      await check({ name: "farm-b" });
      await check({ name: "farm-b", state: "absent", autoremove: true });
      expect(installed()).toEqual([""]);
      expect(await check({ name: "farm-a", exclude: "farm-a" })).toMatchObject({ failed: true });
      await settled({ name: "farm-a", state: "latest", update_only: true });
    });

    it.runIf(program === "dnf")("knows groups, by their names", async () => {
      machine.run(`${GROUP} createrepo_c -q -g /srv/comps.xml /srv/repo`);
      await changes({ name: "@farm-group" }, [`Installed: ${A}`, `Installed: ${C}`]);
      for (const state of ["present", "latest"]) await settled({ name: "@farm-group", state });
      await settled({ name: ["@Farm Group", "farm-a"] });
      await changes({ name: "@farm-group", state: "absent" }, [`Removed: ${A}`, `Removed: ${C}`]);
      await settled({ name: "@farm-group", state: "absent" });
      expect(await check({ name: "@farm-none" })).toMatchObject({
        failed: true,
        msg: expect.stringMatching(/farm-none/),
      });
    });

    it("minds what is recommended and what conflicts", async () => {
      machine.run(
        `${RPM_PACKAGES} package farm-w 1.0 'Recommends: farm-c'; package farm-k 1.0 'Conflicts: farm-a'; publish`,
      );
      const without = program === "dnf" ? { install_weak_deps: false } : {};
      const [K, W] = ["k", "w"].map((one) => `farm-${one}-1.0-1.noarch`);
      await changes({ name: "farm-w", ...without }, [`Installed: ${W}`]);
      await changes({ name: "farm-w", state: "absent" }, [`Removed: ${W}`]);
      const all = program === "dnf" ? {} : { disable_recommends: false };
      await changes({ name: "farm-w", ...all }, [`Installed: ${C}`, `Installed: ${W}`]);
      await check({ name: "farm-a" });
      expect(await check({ name: "farm-k" })).toMatchObject({ failed: true });
      const force = program === "dnf" ? { allowerasing: true } : { force_resolution: true };
      await changes({ name: "farm-k", ...force }, [`Installed: ${K}`, `Removed: ${A}`]);
      if (program === "dnf") return;
      await changes({ name: "farm-k", state: "absent" }, [`Removed: ${K}`]);
      await check({ name: "farm-b" });
      const gone = await check({ name: "farm-b", state: "absent", clean_deps: true });
      expect(gone["results"]).toEqual([`Removed: ${A}`, `Removed: ${B}`]);
    });

    it.runIf(program === "dnf")("minds repositories, what is left out, and another root", async () => {
      machine.run(`${RPM_PACKAGES} mv /srv/repo /srv/main; package farm-x 1.0; publish; mv /srv/repo /srv/extra; mv /srv/main /srv/repo
        package farm-n 1.0; package farm-n 2.0 'Requires: nowhere'; publish
        printf '%s\\n' '[extra]' name=extra baseurl=file:///srv/extra gpgcheck=0 enabled=0 >/etc/yum.repos.d/extra.repo`);
      expect(await check({ name: "farm-x" })).toMatchObject({ failed: true });
      await changes({ name: "farm-x", enablerepo: "extra" }, ["Installed: farm-x-1.0-1.noarch"]);
      expect(await check({ name: "farm-c", disablerepo: "farm" })).toMatchObject({ failed: true });
      await changes({ name: "farm-[ac]", exclude: "farm-c" }, [`Installed: ${A}`]);
      expect(await check({ name: "farm-n", state: "latest" })).toMatchObject({ failed: true });
      await changes({ name: "farm-n", state: "latest", nobest: true }, ["Installed: farm-n-1.0-1.noarch"]);
      const there = { name: "farm-c", installroot: "/srv/root", releasever: "1" };
      await changes(there, [`Installed: ${C}`]);
      await settled(there);
      expect(machine.run("rpm --root /srv/root -qa")).toContain(C);
      expect(installed()).not.toContain(C);
    });

    it.runIf(program === "dnf")("downloads, and updates what is there only", async () => {
      const args = { name: "farm-b", download_only: true, download_dir: "/srv/files" };
      const results = [`Downloaded: ${A}`, `Downloaded: ${B}`];
      for (const options of [{ check: true }, {}])
        expect(await check(args, options)).toMatchObject({ changed: true, results });
      expect(machine.run("ls /srv/files")).toBe(`${A}.rpm\n${B}.rpm\n`);
      expect(await check(args)).toMatchObject({ changed: false, results: [] });
      expect(installed()).toEqual([""]);
      await settled({ name: ["farm-b", "farm-c"], state: "latest", update_only: true });
    });

    it.runIf(program === "dnf")("minds signatures, of files too", async () => {
      const name = "/srv/repo/farm-a-1.0-1.noarch.rpm";
      const unsigned = { failed: true, msg: expect.stringMatching(/is not signed/) };
      expect(await check({ name })).toMatchObject(unsigned);
      expect(await check({ name: `file://${name}` })).toMatchObject(unsigned);
      machine.run("sed -i s/gpgcheck=0/gpgcheck=1/ /etc/yum.repos.d/farm.repo");
      expect(await check({ name: "farm-c" })).toMatchObject({ failed: true });
      expect(installed()).toEqual([""]);
      await changes({ name: [name, "farm-c"], disable_gpg_check: true }, [
        `Installed: ${A}`,
        `Installed: ${C}`,
      ]);
    });

    it("tells what is installed", async () => {
      await check({ name: "farm-a" });
      const facts = await runModule(packageFacts, { manager: "rpm" }, machine.shell);
      const one = {
        name: "farm-a",
        version: "1.0",
        release: "1",
        epoch: null,
        arch: "noarch",
        source: "rpm",
      };
      expect(facts["ansible_facts"]).toMatchObject({ packages: { "farm-a": [one] } });
    });
  },
);
