import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventsOfType, farm, writeProject } from "../lab/farm.js";
import { debianImage } from "../lab/images.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "farm-home-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test("a Debian 12 without cloud-init: its root fills the disk that it was given", async () => {
  const { path, sha256 } = await debianImage();
  const cwd = join(home, "project");
  await writeProject(cwd, {
    "inventory.yaml": `all:
  hosts:
    localhost:
      ansible_connection: local
      config: { list: [{ platform: grown, target: amd64 }] }
  children:
    hypervisors: { hosts: { localhost: } }
    vms: { vars: { project_id: grown root, phases_lookup_dir_path: phases, allowed_phases: [startup, main, shutdown] } }
`,
    "targets/amd64.yaml": "vm: { arch: x86_64, vcpus: 1, ram: 768 }\n",
    "platforms/grown.yaml": `vm:
  metadata:
    auth: { user: root }
    sources:
      - before_provision:
          - { callback: fetch, src: "file://${path}", dest: base, checksum: "sha256:${sha256}" }
          - { callback: extend_and_convert, src: base, dest: big, size: 6G, partition_number: 1 }
          - { callback: setup_image, src: big, inject: credential }
        on_provision: { src: big, dest: root.qcow2 }
  disks: [{ src: root.qcow2 }]
`,
    "phases/main.yaml": `- shell: df --output=size -BM / | tail -n 1 | tr -dc 0-9
  register: size
- debug: { msg: "{{ size.stdout | int > 5500 and size.stdout | int < 6145 }}" }
`,
  });
  const result = await farm(["run", "-i", "inventory.yaml", "--format", "json"], { cwd, home });
  expect(result.stderr).toBe("");
  expect(eventsOfType(result, "warning")).toEqual([]);
  expect(eventsOfType(result, "run-ended")[0]?.outcomes).toEqual([{ vm: "grown_amd64", kind: "passed" }]);
  expect(eventsOfType(result, "task-ended").at(-1)?.result.msg).toBe(true);
});
