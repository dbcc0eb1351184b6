import { chmod, copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, startFarm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { tinyImage } from "../lab/images.js";
import { tinyProject } from "../lab/tiny-project.js";

/** As the seed writes them: files are in the directory that `vm.metadata.tmp_dir` names. */
const MARK = `- name: Where the image is
  set_fact:
    image: "{{ (vm.metadata.tmp_dir, task.src) | path_join }}"
- name: Make room for a mark
  command: qemu-img resize -q -f qcow2 {{ image | quote }} {{ task.room }}
- name: Write it
  command:
    argv: [qemu-io, -f, qcow2, -c, "write -P {{ lookup('file', 'mark.txt') | trim }} 512M 512", "{{ image }}"]
- name: Tell it
  debug: { msg: "{{ kvm_host }} {{ source.on_provision.dest }} {{ task.word }} {{ ansible_user_id }}" }
`;

const NOTE = `- name: Leave a note at the hypervisor
  copy: { dest: "{{ ansible_env.HOME }}/note-{{ vm.metadata.name }}", content: "{{ task.text }}" }
`;

const platform = (url: string, sha256: string) => `vm:
  metadata:
    auth: { user: root }
    sources:
      - before_provision:
          - { callback: callbacks/note.yaml, text: a note }
          - { callback: fetch, src: "${url}", dest: tiny, checksum: "sha256:${sha256}" }
          - { callback: setup_image, src: tiny, inject: credential }
        on_provision: { src: tiny, dest: tiny.qcow2 }
  disks: [{ src: tiny.qcow2 }]
`;

// It puts its callback into the inherited list, before setup_image.
const MARKED = `extends: tiny
vm:
  metadata:
    sources:
      0:
        before_provision:
          $insert:
            - before: { callback: setup_image }
              items: [{ callback: mark, src: tiny, room: 513M, word: "s3cret" }]
`;

const MAIN = `- shell: dd if=/dev/vda bs=512 skip=1048576 count=1 2>/dev/null | head -c 4
  register: mark
- debug: { msg: "{{ mark.stdout }}" }
`;

let lab: LabHypervisors;
let cwd: string;
beforeAll(async () => {
  lab = await startHypervisors(1);
  cwd = join(lab.farmHome, "project");
  const image = await tinyImage();
  const [hypervisor] = lab.hypervisors;
  if (!hypervisor) throw new Error("no hypervisor");
  // Its own, since this user's cache is not everybody's to enter.
  const own = join(hypervisor.home, "tiny.qcow2");
  await copyFile(image.path, own);
  await chmod(own, 0o644);
  const url = `file://${own}`;
  const files = tinyProject({
    lab,
    image: { url, sha256: image.sha256 },
    platforms: ["tiny", "marked"],
    phases: { main: MAIN },
    vmVars: "allowed_phases: [startup, main, shutdown]",
  });
  await writeProject(cwd, {
    ...files,
    "platforms/tiny.yaml": platform(url, image.sha256),
    "platforms/marked.yaml": MARKED,
    "callbacks/sources/mark.yaml": MARK,
    "callbacks/sources/mark.txt": "0x41\n",
    "callbacks/note.yaml": NOTE,
  });
}, 120_000);
afterAll(() => lab.stop());

const run = (...more: string[]) =>
  farm(["run", "-i", "inventory.yaml", "--limit", "marked_amd64", "--format", "json", ...more], {
    cwd,
    home: lab.farmHome,
  });
const plan = async () => {
  const { stdout } = await farm(
    ["plan", "-i", "inventory.yaml", "--limit", "marked_amd64", "--format", "json"],
    {
      cwd,
      home: lab.farmHome,
    },
  );
  return (JSON.parse(stdout) as { vms: { steps: string[] }[] }).vms[0]?.steps ?? [];
};
const tasksOn = (result: FarmResult, host: string) =>
  eventsOfType(result, "task-ended").filter((event) => event.host === host);
const said = (result: FarmResult) => eventsOfType(result, "task-ended").at(-1)?.result["msg"];
const stored = async () => readdir(join(lab.hypervisors[0]?.pool ?? "", "farm/images"));

test("a callback of the user's makes the image that the guest boots, once", async () => {
  expect(await plan()).toEqual(
    expect.arrayContaining([
      "callback: callbacks/note.yaml runs",
      "callback: callbacks/sources/mark.yaml runs, makes tiny",
    ]),
  );
  const first = await run();
  expect(eventsOfType(first, "run-ended")[0]?.outcomes).toEqual([{ vm: "marked_amd64", kind: "passed" }]);
  expect(said(first)).toBe("AAAA");
  const onHypervisor = tasksOn(first, "hypervisor1");
  expect(onHypervisor.map(({ task }) => task)).toEqual([
    "Leave a note at the hypervisor",
    "Where the image is",
    "Make room for a mark",
    "Write it",
    "Tell it",
  ]);
  const user = lab.hypervisors[0]?.user;
  expect(onHypervisor.at(-1)?.result["msg"]).toBe(`hypervisor1 tiny.qcow2 s3cret ${user}`);
  expect(await lab.hypervisors[0]?.as("sh", "-c", "cat ~/note-marked_amd64")).toBe("a note");

  expect(await plan()).toContain("callback: callbacks/sources/mark.yaml made tiny before");
  const second = await run();
  expect(said(second)).toBe("AAAA");
  expect(tasksOn(second, "hypervisor1").map(({ task }) => task)).toEqual(["Leave a note at the hypervisor"]);
  expect((await stored()).filter((name) => name.includes("fetch-"))).toEqual([]);
});

test("a file that it read has changed: the image is made anew", async () => {
  await writeFile(join(cwd, "callbacks/sources/mark.txt"), "0x42\n");
  expect(await plan()).toContain("callback: callbacks/sources/mark.yaml runs, makes tiny");
  const result = await run();
  expect(said(result)).toBe("BBBB");
});

test("killed in the midst of a callback: the next run needs no help", async () => {
  await writeFile(join(cwd, "callbacks/sources/mark.txt"), "0x43\n");
  const killed = startFarm(["run", "-i", "inventory.yaml", "--limit", "marked_amd64", "--format", "json"], {
    cwd,
    home: lab.farmHome,
  });
  await killed.until(/"task-started".*"Write it"/);
  killed.process.kill("SIGKILL");
  await killed.ended;
  const result = await run();
  expect(said(result)).toBe("CCCC");
  expect((await stored()).filter((name) => name.includes("fetch-"))).toEqual([]);
});

test("a task that fails is the image's failure, with its place; mistakes are told before anything runs", async () => {
  await writeProject(cwd, { "callbacks/sources/mark.yaml": "- name: Refuse\n  fail: { msg: not today }\n" });
  const result = await run();
  expect(result.code).toBe(3);
  expect(eventsOfType(result, "run-ended")[0]?.outcomes[0]).toMatchObject({
    kind: "broken",
    phase: "startup",
    message: "the callback callbacks/sources/mark.yaml failed on 'hypervisor1': task 'Refuse': not today",
  });
  expect((await stored()).filter((name) => name.includes("fetch-"))).toEqual([]);

  await writeProject(cwd, {
    "callbacks/sources/mark.yaml": "- comand: true\n",
    "callbacks/note.yaml": "- copy: { dst: a }\n",
  });
  const validated = await farm(["validate", "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
  expect(validated.code).toBe(2);
  expect(validated.stderr).toMatch(/callbacks\/sources\/mark\.yaml:1:3: .*'comand'.*did you mean 'command'/);
  expect(validated.stderr).toMatch(/callbacks\/note\.yaml:1:\d+: .*'dst'/);
});
