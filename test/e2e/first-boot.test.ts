import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventsOfType, farm, writeProject } from "../lab/farm.js";
import { cloudInitImage, debianImage } from "../lab/images.js";

const exec = promisify(execFile);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "farm-home-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const inventory = (platform: string) => `all:
  hosts:
    localhost:
      ansible_connection: local
      config: { list: [{ platform: ${platform}, target: amd64 }] }
  children:
    hypervisors: { hosts: { localhost: } }
    vms:
      vars:
        project_id: first boot
        phases_lookup_dir_path: phases
        allowed_phases: [startup, main, shutdown]
        release_name: spring
`;

const PLATFORM = (image: string, sha256: string) => `vm:
  metadata:
    auth: { user: tester, become_method: su, become_password: "s3cret of root" }
    hostname: cloudy
    sources:
      - before_provision:
          - { callback: fetch, src: "file://${image}", dest: base, checksum: "sha256:${sha256}" }
        on_provision: { src: base, dest: root.qcow2 }
      - before_provision:
          - callback: callbacks/sources/setup_cloudinit_iso.yaml
            dest: seed.iso
            keys_path: "{{ vm.metadata.tmp_dir }}id_ssh_rsa_vm"
            user_data: cloud/user-data.yaml
            meta_data: { farm-note: "for {{ release_name }}" }
            first_boot: cloud/first-boot.sh
        on_provision: { src: seed.iso, dest: seed.iso }
  disks:
    - { src: root.qcow2, devname: hda }
    - { src: seed.iso, devname: hdb, type: raw, readonly: true }
`;

const USER_DATA = `#cloud-config
users:
  - name: tester
    gecos: Somebody
    ssh_authorized_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIJD1OQ0OUQ0OUQ0OUQ0OUQ0OUQ0OUQ0OUQ0OUQ0OUQ0 mine]
  - { name: second, shell: /bin/sh }
write_files:
  - { path: /etc/release-name, content: "{{ release_name }} of {{ vm.metadata.name }}" }
runcmd:
  - [sh, -c, "id -u second >/etc/second"]
`;

// It comes after cloud-init has done all of its work.
const FIRST_BOOT = `#!/bin/sh
set -e
cat /etc/second >/etc/first-boot
id -un >>/etc/first-boot
echo "once for $(hostname)"
`;

const MAIN = `- shell: wc -l <.ssh/authorized_keys; cut -d' ' -f3 .ssh/authorized_keys | sort | tr '\\n' ' '
  register: keys
- command: getent passwd tester
  register: tester
- command: cat /etc/release-name
  register: release
- command: cat /etc/first-boot
  register: script
- shell: hostname; cloud-init query ds.meta_data.farm-note 2>/dev/null || sed -n s/^farm-note:.//p /var/lib/cloud/seed/nocloud-net/meta-data
  become: true
  register: machine
- shell: lsblk -no NAME,LABEL | tr -s ' ' | grep cidata
  register: seed
- debug:
    msg: "{{ [keys.stdout_lines, tester.stdout, release.stdout, script.stdout_lines, machine.stdout_lines, seed.stdout] }}"
`;

test("cloud-init: the user's own configuration, keys and script beside farm's, on a disk of his own naming", async () => {
  const { path, sha256 } = await cloudInitImage();
  const cwd = join(home, "project");
  await mkdir(join(home, ".ssh"), { mode: 0o700 });
  await writeProject(cwd, {
    "inventory.yaml": inventory("cloud"),
    "targets/amd64.yaml": "vm: { arch: x86_64, vcpus: 1, ram: 768 }\n",
    "platforms/cloud.yaml": PLATFORM(path, sha256),
    "cloud/user-data.yaml": USER_DATA,
    "cloud/first-boot.sh": FIRST_BOOT,
    "phases/main.yaml": MAIN,
  });
  const result = await farm(["run", "-i", "inventory.yaml", "--format", "json"], { cwd, home });
  expect(result.stderr).toBe("");
  expect(eventsOfType(result, "warning")).toEqual([]);
  expect(eventsOfType(result, "run-ended")[0]?.outcomes).toEqual([{ vm: "cloud_amd64", kind: "passed" }]);
  const said = eventsOfType(result, "task-ended").at(-1)?.result["msg"];
  expect(said).toEqual([
    ["3", "farm farm mine "],
    expect.stringMatching(/^tester:x:\d+:\d+:Somebody:/),
    "spring of cloud_amd64",
    [expect.stringMatching(/^\d+$/), "root"],
    ["cloudy", "for spring"],
    "vdb cidata",
  ]);
  const steps = eventsOfType(result, "step-ended").flatMap(({ phase, step }) =>
    phase === "startup" ? [step] : [],
  );
  expect(steps.slice(steps.indexOf("ssh"))).toEqual(["ssh", "cloud-init", "first boot"]);
  const { runDirectory = "" } = eventsOfType(result, "run-ended")[0] ?? {};
  const [logs = ""] = (await readdir(runDirectory)).filter((name) => name.startsWith("cloud_amd64"));
  expect(await readFile(join(runDirectory, logs, "first-boot.log"), "utf8")).toBe("once for cloudy\n");
  // The key pair of the seed's keys_path was made here, and is another one than farm's own.
  const { stdout } = await exec("ssh-keygen", ["-y", "-f", join(home, ".ssh/id_ssh_rsa_vm")]);
  expect(stdout).toMatch(/^ssh-ed25519 /);
  expect(result.stdout).not.toContain("s3cret of root");
});

const PLAIN = (image: string, sha256: string) => `vm:
  metadata:
    auth: { user: tester, password: "s3cret of tester", become_method: su, become_password: "s3cret of root" }
    hostname: plain-host
    sources:
      - before_provision:
          - { callback: fetch, src: "file://${image}", dest: base, checksum: "sha256:${sha256}" }
          - callback: setup_image
            src: base
            inject: credential
            first_boot: |
              #!/bin/sh
              id -un >/etc/first-boot
        on_provision: { src: base, dest: root.qcow2 }
  disks: [{ src: root.qcow2 }]
`;

const PLAIN_MAIN = `- command: id -un
  register: user
- shell: "id -un; cat /etc/first-boot; awk -F: '$1 == \\"tester\\" || $1 == \\"root\\" { print $1, substr($2, 1, 3) }' /etc/shadow"
  become: true
  register: root
- shell: hostname; cat /etc/hostname
  register: host
- debug: { msg: "{{ [user.stdout, root.stdout_lines, host.stdout_lines] }}" }
`;

test("no cloud-init: a user, passwords and the host's name are set up over the first connection, root's", async () => {
  const { path, sha256 } = await debianImage();
  const cwd = join(home, "project");
  await writeProject(cwd, {
    "inventory.yaml": inventory("plain"),
    "targets/amd64.yaml": "vm: { arch: x86_64, vcpus: 1, ram: 768 }\n",
    "platforms/plain.yaml": PLAIN(path, sha256),
    "phases/main.yaml": PLAIN_MAIN,
  });
  const result = await farm(["run", "-i", "inventory.yaml", "--format", "json"], { cwd, home });
  expect(result.stderr).toBe("");
  expect(eventsOfType(result, "run-ended")[0]?.outcomes).toEqual([{ vm: "plain_amd64", kind: "passed" }]);
  expect(eventsOfType(result, "task-ended").at(-1)?.result["msg"]).toEqual([
    "tester",
    ["root", "root", "root $6$", "tester $6$"],
    ["plain-host", "plain-host"],
  ]);
  expect(result.stdout).not.toContain("s3cret");
});
