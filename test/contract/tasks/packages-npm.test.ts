import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { npm } from "../../../src/tasks/modules/npm.js";
import { shownCommand } from "../../fakes/scripted-module.js";
import { runModule } from "../../lab/module-machine.js";
import { NODE_PACKAGES, nodeRegistry } from "../../lab/node-packages.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine } from "../../lab/private-machine.js";

/** Where this Node's own npm is: it need not be Debian's. */
const NPM = execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();

describe.runIf(canBePrivate)("npm", () => {
  let scratch: string;
  let machine: PrivateMachine;
  let server: Server;
  let commands: string[];
  const packages = new Map([["farm-a", ["1.0.0"]]]);
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "farm-npm-"));
    machine = await startPrivateMachine(scratch);
    packages.set("farm-a", ["1.0.0"]).set("farm-d", ["1.0.0"]);
    server = await nodeRegistry(packages, scratch);
    const { port } = server.address() as AddressInfo;
    machine.run(
      `${NODE_PACKAGES}
      printf 'registry=http://127.0.0.1:%s/\\ncache=/root/npm-cache\\nupdate-notifier=false\\naudit=false\\nfund=false\\nprefix=/root/global\\n' "$2" >/root/.npmrc`,
      scratch,
      String(port),
    );
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
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
    return runModule(npm, { path: "/root/app", executable: NPM, ...args }, shell, options);
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
    expect(done, JSON.stringify(done)).toMatchObject({ changed: true });
    await settled(args);
  };
  const installed = (at = "/root/app") =>
    machine
      .run(`cd ${at}/node_modules 2>/dev/null && grep -ho '"farm-.*"' farm-*/package.json || true`)
      .trim();

  it("installs, upgrades and removes one", async () => {
    await changes({ name: "farm-a" });
    expect(installed()).toBe('"farm-a","version":"1.0.0"');
    packages.set("farm-a", ["1.0.0", "1.1.0", "2.0.0"]);
    machine.run("rm -r /root/npm-cache");
    await settled({ name: "farm-a" });
    await changes({ name: "farm-a", state: "latest" });
    expect(installed()).toBe('"farm-a","version":"2.0.0"');
    await changes({ name: "farm-a", version: "1.1.0" });
    const range = { name: "farm-a", version: "^1.0.0" };
    expect(await check(range)).toMatchObject({ changed: false });
    await changes({ name: "farm-a", state: "absent" });
    expect(installed()).toBe("");
  });

  it("installs what package.json names", async () => {
    machine.run(`mkdir /root/app; cd /root/app
      echo '{"name":"x","version":"1.0.0","dependencies":{"farm-a":"^1.0.0"},"devDependencies":{"farm-d":"1.0.0"}}' >package.json`);
    await changes({ production: true });
    expect(installed()).toBe('"farm-a","version":"1.0.0"');
    machine.run("rm -r /root/app/node_modules /root/app/package-lock.json");
    await changes({});
    expect(installed()).toMatch(/farm-a.*\n.*farm-d/);
    packages.set("farm-a", ["1.0.0", "1.1.0", "2.0.0"]);
    machine.run("rm -r /root/npm-cache");
    await settled({});
    await changes({ state: "latest" });
    expect(installed()).toMatch(/1\.1\.0/);
    machine.run("rm -r /root/app/node_modules");
    expect(await check({ ci: true })).toMatchObject({ changed: true });
    expect(installed()).toMatch(/1\.1\.0/);
  });

  it("installs for all", async () => {
    const args = { name: "farm-a", global: true, path: undefined };
    expect(await check(args, { check: true })).toMatchObject({ changed: true });
    expect(await check(args)).toMatchObject({ changed: true });
    expect(installed("/root/global/lib")).toBe('"farm-a","version":"1.0.0"');
    await settled(args);
    expect(await check({ ...args, state: "absent" })).toMatchObject({ changed: true });
    await settled({ ...args, state: "absent" });
  });

  it("says what is wrong", async () => {
    const failed = (msg: RegExp) => ({ failed: true, msg: expect.stringMatching(msg) });
    expect(await check({ name: "farm-none" })).toMatchObject(failed(/404.*farm-none/));
    expect(await check({ name: "farm-a", version: "7.0.0" })).toMatchObject(failed(/farm-a@7\.0\.0/));
    expect(await check({ name: "farm-a", executable: "no-npm" })).toMatchObject(failed(/there is no npm/));
    expect(await check({ name: "farm-a", path: undefined })).toMatchObject(failed(/needs path, or global/));
    expect(await check({ state: "absent" })).toMatchObject(failed(/name/));
  });
});
