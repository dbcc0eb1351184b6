import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventsOfType, farm, writeProject } from "../lab/farm.js";
import { cloudInitImage } from "../lab/images.js";

const exec = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "farm-home-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const domains = async () =>
  (await exec("virsh", ["-q", "-c", "qemu:///session", "list", "--all", "--name"])).stdout
    .split("\n")
    .filter(Boolean);

test("the demo: this machine, a real Debian, a compiler from its packages, a C program", async () => {
  const { stdout } = await exec(join(root, "scripts/demo"), ["--format", "json"], { maxBuffer: 64 << 20 });
  const result = { code: 0, stdout, stderr: "" };
  expect(eventsOfType(result, "run-ended")[0]).toMatchObject({
    exitCode: 0,
    outcomes: [{ vm: "demo_debian_12_amd64", kind: "passed" }],
  });
  const said = eventsOfType(result, "task-ended").map(({ result: { msg } }) => msg);
  expect(said).toContain("the program says: Hello from the farm");
  expect(await domains()).not.toContain("demo_debian_12_amd64");
});

test("cloud-init with a NoCloud disk: an ordinary user, sudo, the host name, a grown root", async () => {
  const { path, sha256 } = await cloudInitImage();
  const cwd = join(home, "project");
  // Root's domains are everybody's: no other test may have one of this name.
  await writeProject(cwd, {
    "inventory.yaml": `all:
  hosts:
    localhost:
      ansible_connection: local
      config: { list: [{ platform: nocloud, target: amd64 }] }
  children:
    hypervisors: { hosts: { localhost: } }
    vms: { vars: { project_id: cloud, phases_lookup_dir_path: phases } }
`,
    "targets/amd64.yaml": "vm: { arch: x86_64, vcpus: 2, ram: 1024 }\n",
    "platforms/nocloud.yaml": `vm:
  metadata:
    auth: { user: tester, become_method: sudo }
    hostname: cloudy
    sources:
      - before_provision:
          - { callback: fetch, src: "file://${path}", dest: base, checksum: "sha256:${sha256}" }
          - { callback: extend_and_convert, src: base, dest: big, size: 5G }
          - { callback: setup_image, src: big, inject: nocloud }
        on_provision: { src: big, dest: root.qcow2 }
  disks: [{ src: root.qcow2 }]
`,
    "phases/main.yaml": `- name: Wait until cloud-init is done
  command: cloud-init status --wait
  register: status
- command: id -un
  register: user
- command: id -un
  become: true
  register: root
- command: hostname
  register: host
- shell: df --output=size -BM / | tail -n 1 | tr -dc 0-9
  register: size
- debug: { msg: "{{ user.stdout }} {{ root.stdout }} {{ host.stdout }} {{ size.stdout | int > 4500 }}" }
`,
  });
  const run = (env = {}) => farm(["run", "-i", "inventory.yaml", "--format", "json"], { cwd, home, env });
  // A guest that is in its first boot when its farm dies is nobody's any more: the next one boots from the beginning.
  expect((await run({ FARM_FAIL_AT: "startup/forward." })).code).toBe(null);
  expect(await domains()).toContain("nocloud_amd64");

  const result = await run();
  expect(result.stderr).toBe("");
  expect(eventsOfType(result, "warning").map(({ message }) => message)).toEqual([
    expect.stringMatching(/^removed the VM of run \S+, which died or lost its connection$/),
  ]);
  expect(eventsOfType(result, "run-ended")[0]?.outcomes).toEqual([{ vm: "nocloud_amd64", kind: "passed" }]);
  expect(eventsOfType(result, "task-ended").at(-1)?.result.msg).toBe("tester root cloudy True");
  expect(await domains()).not.toContain("nocloud_amd64");
});
