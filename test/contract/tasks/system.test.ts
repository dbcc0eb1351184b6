import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname as thisMachine, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cron } from "../../../src/tasks/modules/cron.js";
import { hostname } from "../../../src/tasks/modules/hostname.js";
import { modprobe } from "../../../src/tasks/modules/modprobe.js";
import { mount } from "../../../src/tasks/modules/mount.js";
import { sysctl } from "../../../src/tasks/modules/sysctl.js";
import { timezone } from "../../../src/tasks/modules/timezone.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { busyboxPath, hasBusybox } from "../../lab/busybox-path.js";
import { runModule } from "../../lab/module-machine.js";
import { hasPrivateViews, type PrivateView, privateShell, startView } from "../../lab/private-view.js";

const PATH = process.env["PATH"] ?? "";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "farm-system-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const KINDS = [
  { kind: "this machine's tools", path: () => PATH, there: true },
  { kind: "busybox alone", path: () => busyboxPath(join(scratch, "bin")), there: hasBusybox },
];

const CRONTAB = `#!/bin/sh
[ "$1" = -u ] && shift 2
if [ "$1" = -l ]; then cat "$HOME/crontab" 2>/dev/null || exit 1; else cat >"$HOME/crontab"; fi
`;

const canBePrivate = hasPrivateViews && existsSync("/usr/share/zoneinfo/Europe/Berlin");

describe.runIf(canBePrivate).each(KINDS.filter(({ there }) => there))(
  "in a private view, by $kind",
  (one) => {
    let view: PrivateView;
    let shell: Shell;
    const run = (module: unknown, args: Record<string, unknown>, check = false) =>
      runModule(module, args, shell, { check, diff: true });
    const output = async (...argv: [string, ...string[]]) => (await shell.run({ argv })).stdout;

    /** Checked, done, and done again. */
    async function settles(module: unknown, args: Record<string, unknown>) {
      expect(await run(module, args, true)).toMatchObject({ changed: true });
      const done = await run(module, args);
      expect(done).toMatchObject({ changed: true });
      const again = await run(module, args);
      expect(again).toMatchObject({ changed: false });
      expect(again).not.toHaveProperty("failed");
      return done;
    }

    beforeEach(async () => {
      view = await startView(scratch);
      shell = privateShell(view, scratch, one.path());
    });
    afterEach(async () => {
      await shell.close();
      await view.end();
    });

    it("hostname: the kernel's name, and the file", async () => {
      await settles(hostname, { name: "farm-test.example" });
      expect(await output("cat", "/etc/hostname")).toBe("farm-test.example\n");
      expect(await output("uname", "-n")).toBe("farm-test.example\n");
      expect(thisMachine()).not.toBe("farm-test.example");
    });

    it("timezone: a link, and the file that names it", async () => {
      await output("sh", "-c", "echo Etc/UTC >/etc/timezone");
      const done = await settles(timezone, { name: "Europe/Berlin" });
      expect(done).toMatchObject({ diff: { before: "name: n/a\n", after: "name: Europe/Berlin\n" } });
      expect(await output("readlink", "/etc/localtime")).toBe("/usr/share/zoneinfo/Europe/Berlin\n");
      expect(await output("cat", "/etc/timezone")).toBe("Europe/Berlin\n");
      expect(await run(timezone, { name: "Europe/Nowhere" })).toMatchObject({ failed: true });
    });

    it("sysctl: a line of a file", async () => {
      const file = "/etc/a file.conf";
      await output("sh", "-c", 'printf "%s\\n" "# x" "vm.swappiness = 1" "a=b" >"$1"', "put", file);
      const args = { name: "vm.swappiness", value: 10, sysctl_file: file, reload: false };
      await settles(sysctl, args);
      expect(await output("cat", file)).toBe("# x\nvm.swappiness=10\na=b\n");
      await settles(sysctl, { ...args, value: undefined, state: "absent" });
      expect(await output("cat", file)).toBe("# x\na=b\n");
    });

    it("sysctl: reloads nothing while the kernel has the value", async () => {
      const [value = ""] = (await output("cat", "/proc/sys/kernel/ostype")).split("\n");
      const args = { name: "kernel.ostype", value, sysctl_file: "/etc/new.conf", sysctl_set: true };
      await run(sysctl, { ...args, reload: false });
      expect(await run(sysctl, args)).toMatchObject({ changed: false });
    });

    it("modprobe: files for the next boot", async () => {
      const args = { name: "farm-none", state: "absent", params: "a=1 b=2", persistent: "present" };
      await settles(modprobe, args);
      expect(await output("cat", "/etc/modules-load.d/farm-none.conf")).toBe("farm-none\n");
      expect(await output("cat", "/etc/modprobe.d/farm-none.conf")).toBe(
        "options farm-none a=1\noptions farm-none b=2\n",
      );
      await settles(modprobe, { ...args, persistent: "absent" });
      expect(await output("cat", "/etc/modules-load.d/farm-none.conf")).toBe("#farm-none\n");
    });

    it("mount: in fstab and mounted, and neither", async () => {
      const at = "/run/a dir/deep";
      const args = { path: at, src: "tmpfs", fstype: "tmpfs", fstab: "/etc/own fstab", opts: "size=1m" };
      await settles(mount, { ...args, state: "mounted" });
      expect(await output("cat", "/etc/own fstab")).toBe("tmpfs /run/a\\040dir/deep tmpfs size=1m 0 0\n");
      expect(await output("grep", "-c", "/run/a.040dir/deep", "/proc/mounts")).toBe("1\n");
      await settles(mount, { ...args, opts: "size=2m", state: "mounted" });
      expect(await output("grep", "/run/a.040dir/deep", "/proc/mounts")).toContain("size=2048k");
      await settles(mount, { path: at, state: "absent", fstab: "/etc/own fstab" });
      expect(await output("cat", "/etc/own fstab")).toBe("");
      expect(await output("ls", "/run/a dir")).toBe("");
    });

    it("mount: what fails leaves nothing behind", async () => {
      const args = { path: "/run/new/deep", src: "/dev/farm-none", fstype: "ext4", fstab: "/etc/own" };
      expect(await run(mount, { ...args, state: "mounted" })).toMatchObject({ failed: true });
      expect(await output("ls", "-d", "/run/new", "/etc/own")).toBe("");
    });

    it("mount: a directory bound without fstab", async () => {
      await output("mkdir", "/run/from", "/run/other");
      const args = { path: "/run/to", src: "/run/from", fstype: "none", opts: "bind", state: "ephemeral" };
      expect(await run(mount, args)).toMatchObject({ changed: true });
      await output("touch", "/run/from/seen");
      expect(await output("ls", "/run/to")).toBe("seen\n");
      expect(await run(mount, args)).toMatchObject({ changed: true });
      expect(await run(mount, { ...args, src: "/run/other" })).toMatchObject({ failed: true });
      await settles(mount, { path: "/run/to", state: "unmounted" });
    });

    it("cron: a file of cron.d", async () => {
      const args = {
        name: "a job",
        cron_file: "/etc/cron.farm",
        user: "root",
        minute: 5,
        job: "echo '%' \"$x\"",
      };
      await settles(cron, args);
      expect(await output("cat", "/etc/cron.farm")).toBe("#Ansible: a job\n5 * * * * root echo '%' \"$x\"\n");
      await settles(cron, { name: "a job", cron_file: "/etc/cron.farm", state: "absent" });
      expect(await output("ls", "/etc/cron.farm")).toBe("");
    });
  },
);

describe("cron, by a crontab program", () => {
  it("installs and removes a job", async () => {
    const bin = join(scratch, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "crontab"), CRONTAB);
    chmodSync(join(bin, "crontab"), 0o755);
    const shell = localShell({
      name: "here",
      env: { PATH: `${bin}:${PATH}`, TMPDIR: scratch },
      home: scratch,
    });
    const run = (args: Record<string, unknown>) => runModule(cron, args, shell);
    const job = { name: "a job", special_time: "daily", job: "true" };
    expect(await run(job)).toMatchObject({ changed: true, jobs: ["a job"], envs: [] });
    expect(await run(job)).toMatchObject({ changed: false });
    expect(await run({ name: "MAILTO", job: "me", env: true, user: "root" })).toMatchObject({
      changed: true,
    });
    expect(readFileSync(join(scratch, "crontab"), "utf8")).toBe(
      'MAILTO="me"\n#Ansible: a job\n@daily true\n',
    );
    const gone = await run({ name: "a job", state: "absent", backup: true });
    expect(gone).toMatchObject({ changed: true, jobs: [], envs: ["MAILTO"] });
    expect(readFileSync(String(gone["backup_file"]), "utf8")).toContain("@daily true\n");
    expect(await run({ name: "a job", state: "absent", backup: true })).toMatchObject({ changed: false });
    await shell.close();
  });
});
