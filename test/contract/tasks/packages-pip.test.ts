import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { pip } from "../../../src/tasks/modules/pip.js";
import { pythonVersionMatches } from "../../../src/tasks/packages/python-version.js";
import { shownCommand } from "../../fakes/scripted-module.js";
import { runModule } from "../../lab/module-machine.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine, TOOLS } from "../../lab/private-machine.js";
import { A_PYTHON, PYTHON_PACKAGES } from "../../lab/python-packages.js";

const hasPip = (() => {
  try {
    execFileSync("/usr/bin/pip3", ["--version"], { stdio: "ignore" });
    return canBePrivate;
  } catch {
    return false;
  }
})();

describe.runIf(hasPip || process.env["CI"]).each(TOOLS)("pip, by %s", (tools) => {
  let scratch: string;
  let machine: PrivateMachine;
  let commands: string[];
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "farm-pip-"));
    machine = await startPrivateMachine(scratch, { tools, programs: ["pip3", "python3"] });
    machine.run(A_PYTHON);
  });
  afterEach(() => machine.run("pip3 uninstall -y --break-system-packages farm-a farm-b farm-c 2>&1"));
  afterAll(async () => {
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
    return runModule(pip, { break_system_packages: true, ...args }, shell, options);
  };
  const settled = async (args: Record<string, unknown>) => {
    for (const options of [{ check: true }, {}])
      expect(await check(args, options)).toMatchObject({ changed: false });
    expect(commands).toHaveLength(1);
  };
  const changes = async (args: Record<string, unknown>) => {
    const before = installed();
    expect(await check(args, { check: true })).toMatchObject({ changed: true });
    expect(installed()).toBe(before);
    const done = await check(args);
    expect(done).toMatchObject({ changed: true });
    return done;
  };
  const installed = (pip3 = "pip3") =>
    machine.run(`${pip3} list --format=freeze | grep -i farm | tr '\\n' ' ' || true`).trim();

  it("installs, with what is needed, and removes", async () => {
    const done = await changes({ name: ["farm-b"] });
    expect(done).toMatchObject({ name: ["farm-b"], state: "present", version: null, virtualenv: null });
    expect(done["stdout"]).toMatch(/Successfully installed farm-a-1\.0 farm-b-1\.0\n$/i);
    expect(installed()).toBe("farm-a==1.0 Farm.B==1.0");
    for (const name of ["Farm_B", "farm-b[extra]", "farm-b, farm-a>=0.5,<2", ["farm-a != 2.0"]])
      await settled({ name });
    await changes({ name: "Farm-b", state: "absent" });
    await settled({ name: "farm-b, never", state: "absent" });
    expect(installed()).toBe("farm-a==1.0");
  });

  it.runIf(tools !== "busybox")("takes versions, and the latest", async () => {
    machine.run(`${PYTHON_PACKAGES} package farm-a 2.0rc1; package farm-a 2.0`);
    await changes({ name: "farm-a", version: "1.0" });
    await settled({ name: "farm-a", version: "1.0" });
    await settled({ name: "farm-a" });
    expect(await check({ name: "farm-a", version: ">=1.5,<2.0" })).toMatchObject({ failed: true });
    await changes({ name: "farm-a", state: "latest" });
    await settled({ name: "farm-a", state: "latest" });
    expect(installed()).toBe("farm-a==2.0");
    await changes({ name: ["farm-a<2.0rc1"] });
    expect(installed()).toBe("farm-a==1.0");
    expect(await check({ name: "farm-a", state: "forcereinstall" })).toMatchObject({ changed: true });
    expect(installed()).toBe("farm-a==2.0");
    machine.run("rm /srv/wheels/farm_a-2*");
  });

  it.runIf(tools !== "busybox")("takes a file of requirements", async () => {
    machine.run("mkdir -p /root/app; printf 'farm-a>=1.0 # x\\nFarm.B\\n' >/root/app/requirements.txt");
    const args = { requirements: "requirements.txt", chdir: "/root/app" };
    await changes(args);
    await settled(args);
    await settled({ ...args, state: "latest" });
    await changes({ ...args, state: "absent" });
    expect(installed()).toBe("");
    expect(await check({ ...args, state: "absent" })).toMatchObject({ changed: false });
  });

  it.runIf(tools !== "busybox")("takes paths and addresses", async () => {
    const wheel = "/srv/wheels/farm_a-1.0-py3-none-any.whl";
    await changes({ name: wheel });
    await settled({ name: wheel });
    await settled({ name: "farm-a==1.0" });
    await settled({ name: "farm-a" });
    await changes({ name: "farm-a", state: "absent" });
    await changes({ name: `farm-a @ file://${wheel}` });
    await settled({ name: `farm-a @ file://${wheel}` });
  });

  it("makes an environment, and uses it", async () => {
    const args = { name: "farm-b", virtualenv: "venv", chdir: "/root", umask: "0077" };
    expect(await check(args, { check: true })).toMatchObject({ changed: true });
    machine.run("[ ! -e /root/venv ]");
    expect(await check(args)).toMatchObject({ changed: true, virtualenv: "venv" });
    expect(installed("/root/venv/bin/pip")).toBe("farm-a==1.0 Farm.B==1.0");
    expect(machine.run("stat -c %a /root/venv /root/venv/lib/python3*/site-packages/farm_a")).toBe(
      "700\n700\n",
    );
    expect(installed()).toBe("");
    await settled(args);
    await settled({ ...args, virtualenv: "~/venv", chdir: undefined });
    machine.run("rm /root/venv/bin/pip*");
    expect(await check(args)).toMatchObject({ failed: true, msg: expect.stringMatching(/no pip in/) });
    machine.run("rm -r /root/venv");
    const made = await check({ ...args, virtualenv_command: "false" });
    expect(made).toMatchObject({ failed: true, msg: expect.stringMatching(/make the environment/) });
  });

  it("says what is wrong", async () => {
    const failed = (msg: RegExp) => ({ failed: true, msg: expect.stringMatching(msg) });
    expect(await check({ name: "farm-none" })).toMatchObject(
      failed(/No matching distribution found for farm-none/),
    );
    expect(await check({ name: "farm-none", state: "latest" }, { check: true })).toMatchObject(
      failed(/farm-none/),
    );
    expect(await check({ name: "farm-a", break_system_packages: false })).toMatchObject(
      failed(/break_system_packages/),
    );
    expect(await check({ name: "farm-a", executable: "pip99" })).toMatchObject(failed(/no pip/));
    expect(await check({ requirements: "/none.txt" })).toMatchObject(failed(/none\.txt/));
    for (const args of [
      {},
      { name: "a", requirements: "b" },
      { name: "a, b", version: "1" },
      { name: "a==1", version: "1" },
      { name: "a", version: "1", state: "latest" },
      { name: "a", virtualenv: "v", executable: "pip3" },
      { name: "a", umask: "9" },
    ])
      expect(await check(args), JSON.stringify(args)).toMatchObject(failed(/^pip: /));
  });

  it.runIf(tools !== "busybox")("takes versions as pip does", () => {
    const versions = [
      "1",
      "1.0",
      "1.0.1",
      "1.1",
      "2",
      "1.0a1",
      "1.0rc1",
      "1.0.dev1",
      "1.0.post1",
      "1.0+x",
      "1!0.5",
      "1.0b2.dev3",
    ];
    const signs = ["==", "!=", ">=", "<=", ">", "<"];
    const specifiers = [
      ...versions
        .flatMap((each) => signs.map((sign) => sign + each))
        .filter((each) => !/[<>]=?.*\+/.test(each)),
      ...["~=1.0", "~=1.0.1", "==1.*", "!=1.0.*", ">=1,<2,!=1.1", "===1.0"],
    ];
    const script = `import json, sys
from pip._vendor.packaging.specifiers import SpecifierSet
versions, specifiers = json.loads(sys.argv[1])
print(json.dumps([[SpecifierSet(s).contains(v, prereleases=True) for v in versions] for s in specifiers]))`;
    const argument = JSON.stringify([versions, specifiers]);
    const theirs = machine.run('/usr/bin/python3 -c "$1" "$2"', script, argument);
    const ours = specifiers.map((one) => versions.map((version) => pythonVersionMatches(version, one)));
    const shown = (table: (boolean | undefined)[][]) =>
      specifiers.flatMap((one, row) =>
        versions.map((version, at) => `${version} ${one} ${table[row]?.[at]}`),
      );
    expect(shown(ours)).toEqual(shown(JSON.parse(theirs) as boolean[][]));
  });
});
