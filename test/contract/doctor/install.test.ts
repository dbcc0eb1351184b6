import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Finding } from "../../../src/doctor/finding.js";
import { A_DEBIAN } from "../../lab/debian-packages.js";
import { farm, writeProject } from "../../lab/farm.js";
import { canBePrivate, type PrivateMachine, startPrivateMachine } from "../../lab/private-machine.js";

/** A Debian whose zstd is gone, and whose repository has one. */
const WITHOUT_ZSTD = `${A_DEBIAN}
rm -f /usr/bin/zstd
mkdir -p /tmp/build/zstd-9/usr/bin
printf '#!/bin/sh\\necho zstd of the repository\\n' >/tmp/build/zstd-9/usr/bin/zstd
chmod 755 /tmp/build/zstd-9/usr/bin/zstd
package zstd 9
publish
`;

describe.runIf(canBePrivate)("farm doctor --fix as root on a Debian", () => {
  let scratch: string;
  let machine: PrivateMachine;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), "farm-install-"));
    await chmod(scratch, 0o755);
    machine = await startPrivateMachine(scratch);
    machine.run(WITHOUT_ZSTD);
  });
  afterEach(async () => {
    await machine.close();
    await rm(scratch, { recursive: true, force: true });
  });

  async function doctor(...options: string[]) {
    const cwd = join(scratch, "project");
    const home = join(scratch, "home");
    await mkdir(home, { recursive: true });
    await writeProject(cwd, {
      "inventory.yaml": `all:
  hosts:
    localhost: { ansible_connection: local, config: { list: [{ platform: one, target: amd64 }] } }
  children:
    hypervisors:
      hosts:
        here: { ansible_connection: local }
    vms:
      vars: { project_id: doctor, libvirt_pool_dir: ${join(scratch, "pool")} }
`,
      "targets/amd64.yaml": "vm: { arch: x86_64, vcpus: 1, ram: 256 }\n",
      "platforms/one.yaml": "vm: { disks: [] }\n",
    });
    const result = await farm(["doctor", "-i", "inventory.yaml", "--format", "json", ...options], {
      cwd,
      home,
      env: { PATH: `${machine.enter}:${process.env["PATH"]}` },
    });
    const [examined] = JSON.parse(result.stdout || "[]") as { readonly findings: readonly Finding[] }[];
    return {
      ...result,
      find: (check: string) => examined?.findings.find((finding) => finding.check === check),
    };
  }

  test("what lacks is installed, and looked at again", async () => {
    const before = await doctor();
    expect(before.find("archives")).toMatchObject({ status: "warning", packages: ["zstd"] });
    const after = await doctor("--fix");
    expect(after.stderr).toContain("'here': installing zstd\n");
    expect([after.code, after.find("archives")?.status]).toEqual([0, "ok"]);
    expect(machine.run("zstd")).toBe("zstd of the repository\n");
  });

  test("what apt says when it cannot is told, and the finding stays", async () => {
    machine.run("rm /srv/repo/zstd_9_all.deb");
    const failed = await doctor("--fix");
    expect(failed.stderr).toMatch(/cannot install zstd on 'here': .*zstd/);
    expect(failed.find("archives")?.status).toBe("warning");
  });
});
