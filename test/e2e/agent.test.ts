import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { agentImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { tinyProject } from "../lab/tiny-project.js";

let lab: LabHypervisors;
let server: ImageServer;
let cwd: string;

/** More than an agent takes at once. */
const LARGE = "0123456789abcdef".repeat(8000);

const MAIN = `- name: Write
  copy: { dest: /root/note, content: "{{ lookup('env', 'HOME') | length }} <&'\\"> \\u00e9\\n", mode: "0640" }
- name: Large
  copy: { src: large, dest: /root/large }
- name: Read
  shell: cat /root/note; sha256sum </root/large; echo oops >&2; exit 3
  register: read
  failed_when: read.rc != 3
- name: Who
  shell: pgrep dropbear sshd; id -un; pwd; echo $HOME
`;

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  const { path, sha256 } = await agentImage();
  server.on("/tiny.qcow2", serveFile(path));
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  const vmVars = "ansible_connection: community.libvirt.libvirt_qemu";
  await writeProject(cwd, tinyProject({ lab, image, platforms: ["one"], phases: { main: MAIN }, vmVars }));
  await writeFile(join(cwd, "phases/large"), LARGE);
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

const call = (...words: string[]) => farm([...words, "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
const run = (...words: string[]) => call("run", "--format", "json", ...words);

test("a guest without an SSH server runs its phases by its agent, is kept, copied from and restored", async () => {
  const first = await run("--keep");
  expect(first.code, first.stdout + first.stderr).toBe(0);
  const said = new Map(eventsOfType(first, "task-ended").map(({ task, result }) => [task, result]));
  expect(said.get("Read")).toMatchObject({
    rc: 3,
    stdout: expect.stringMatching(/^\d+ <&'"> \u00e9\n[0-9a-f]{64} {2}-$/),
    stderr: "oops",
  });
  expect(said.get("Who")?.stdout).toBe("root\n/root\n/root");
  expect(eventsOfType(first, "step-ended").map(({ step }) => step)).not.toContain("forward");

  const copied = await call("cp", "one_amd64:/root/large", cwd);
  expect(copied.code, copied.stderr).toBe(0);
  expect(await readFile(join(cwd, "large"), "utf8")).toBe(LARGE);
  expect(await call("ssh", "one_amd64")).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /'one_amd64' is reached by its agent, which has no terminals\n.*farm console one_amd64/,
    ),
  });
  expect(await call("ssh-config")).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /'one_amd64' is reached by its agent: there is no SSH server.*\n.*`farm ssh one_amd64 COMMAND` reach it/,
    ),
  });
  expect(await call("ssh", "one_amd64", "sha256sum </root/large; echo oops >&2; exit 7")).toMatchObject({
    code: 7,
    stdout: `${createHash("sha256").update(LARGE).digest("hex")}  -\n`,
    stderr: "oops\n",
  });
  expect((await call("down")).code).toBe(0);

  const second = await run();
  expect(second.code, second.stdout + second.stderr).toBe(0);
  expect(eventsOfType(second, "step-ended").map(({ step }) => step)).toContain("restore");
  const [hypervisor] = lab.hypervisors;
  if (hypervisor) await expectNothingLeft(hypervisor);
});
