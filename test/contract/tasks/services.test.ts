import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { service } from "../../../src/tasks/modules/service.js";
import { runModule } from "../../lab/module-machine.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine, TOOLS } from "../../lab/private-machine.js";

/** Writes down how it was called; it does not know `status`. */
const SCRIPT = `cat >/etc/init.d/farm-one <<'END'
#!/bin/sh
[ "$1" != status ] || exit 1
printf '[%s]' "$@" >>/srv/calls; echo >>/srv/calls
END
chmod +x /etc/init.d/farm-one`;

describe.runIf(canBePrivate || process.env["CI"]).each(TOOLS)("scripts of /etc/init.d, by %s", (tools) => {
  let scratch: string;
  let machine: PrivateMachine;
  beforeEach(async () => {
    scratch = mkdtempSync(join(tmpdir(), "farm-services-"));
    machine = await startPrivateMachine(scratch, { tools });
    machine.run(SCRIPT);
  });
  afterEach(async () => {
    await machine.close();
    rmSync(scratch, { recursive: true, force: true });
  });
  const run = (args: Record<string, unknown>) =>
    runModule(service, { name: "farm-one", use: "sysvinit", ...args }, machine.shell);
  const calls = () => machine.run("cat /srv/calls; rm /srv/calls");

  it("are given arguments, and time between stop and start", async () => {
    // This very process: the script does not tell that the service runs.
    const pattern = "node";
    expect(await run({ state: "restarted", arguments: "-v 'a b'", pattern })).toMatchObject({
      changed: true,
    });
    expect(calls()).toBe("[restart][-v][a b]\n");
    expect(await run({ state: "restarted", arguments: "-v", sleep: 0, pattern })).toMatchObject({
      changed: true,
    });
    expect(calls()).toBe("[stop][-v]\n[start][-v]\n");
  });

  it("are taken to run by what ps shows, when told what", async () => {
    const pattern = `farm-daemon-${process.pid}`;
    const args = { state: "started", pattern };
    expect(await run(args)).toMatchObject({ changed: true });
    expect(calls()).toBe("[start]\n");
    const daemon = spawn("sh", ["-c", "read line", pattern], { stdio: ["pipe", "ignore", "ignore"] });
    try {
      await once(daemon, "spawn");
      expect(await run(args)).toMatchObject({ changed: false, state: "started" });
      expect(await run({ ...args, state: "stopped" })).toMatchObject({ changed: true });
      expect(calls()).toBe("[stop]\n");
    } finally {
      daemon.stdin?.end();
      await once(daemon, "exit");
    }
  });
});
