import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { tinyProject } from "../lab/tiny-project.js";

let lab: LabHypervisors;
let server: ImageServer;
let cwd: string;
/** The runs that the tests look at: of the first shard, whose VM passes at its second attempt, and of the second, whose VM fails. */
let flaky: FarmResult;
let failed: FarmResult;

/** `one` fails in its first attempt, `two` until somebody makes the file `mended`. */
const MAIN = `- name: Write
  shell: |
    mkdir -p /root/out/sub
    echo '::error::log of {{ platform }}' > /root/out/sub/log
    : > '/root/out/sub/a:b'
    ln -s /etc/passwd /root/out/link
    dd if=/dev/zero of=/root/out/big bs=1024 count=64
    echo fetched > /root/fetched
- name: Take
  fetch: { src: /root/fetched, dest: taken }
- name: Take what is not the VM's
  fetch: { src: '{{ playbook_dir }}/main.yaml', dest: taken }
  delegate_to: localhost
- name: Fail once
  shell: echo x >> {{ playbook_dir }}/count; test $(wc -l < {{ playbook_dir }}/count) -gt 1
  delegate_to: localhost
  when: platform == 'one'
- name: Fail until mended
  shell: test -e {{ playbook_dir }}/mended
  delegate_to: localhost
  when: platform == 'two'
`;

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  const vmVars = ["connection_timeout: 60", "artifacts: [/root/out, ~/none*]", "artifacts_max_size: 32K"];
  await writeProject(
    cwd,
    tinyProject({
      lab,
      image: { url: `${server.url}/tiny.qcow2`, sha256 },
      platforms: ["one", "two"],
      phases: { main: MAIN },
      vmVars: vmVars.join("\n        "),
    }),
  );
  const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(cwd, "summary.md"), GITHUB_WORKSPACE: cwd };
  flaky = await run(["--shard", "1/2", "--retry", "2", "--junit", "junit.xml", "--tap", "farm.tap"], env);
  failed = await run(["--shard", "2/2"]);
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

const run = (options: readonly string[], env: Record<string, string> = {}) =>
  farm(["run", "-i", "inventory.yaml", "--format", "json", "--artifacts", "out", ...options], {
    cwd,
    home: lab.farmHome,
    env,
  });
const vmsOf = (result: FarmResult) => eventsOfType(result, "run-started").flatMap(({ vms }) => vms);
const outcomesOf = (result: FarmResult) =>
  eventsOfType(result, "run-ended").flatMap(({ outcomes }) => outcomes);
const filesOf = async (directory: string) =>
  (await readdir(join(cwd, "out", directory), { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name, parentPath }) => join(parentPath, name).slice(join(cwd, "out", directory).length))
    .sort();

test("a VM that fails once is tried again from its restore point and is flaky everywhere", async () => {
  const result = flaky;
  expect(result.code, result.stdout + result.stderr).toBe(0);
  expect(vmsOf(result)).toEqual(["one_amd64"]);
  expect(outcomesOf(result)).toMatchObject([
    { vm: "one_amd64", kind: "flaky", earlier: [{ kind: "failed", phase: "main", task: "Fail once" }] },
  ]);
  expect(eventsOfType(result, "vm-retried")).toMatchObject([{ attempt: 1, attempts: 3 }]);
  const phases = eventsOfType(result, "phase-ended").map(({ phase, status }) => `${phase} ${status}`);
  expect(phases).toEqual([
    "startup passed",
    "create clean passed",
    "main failed",
    "shutdown passed",
    "startup passed",
    "restore clean passed",
    "main passed",
    "shutdown passed",
  ]);
  expect(await readFile(join(cwd, "junit.xml"), "utf8")).toMatch(
    /name="flaky" value="true"[\s\S]*<flakyFailure/,
  );
  expect(await readFile(join(cwd, "farm.tap"), "utf8")).toMatch(/^ok 1 - one_amd64 \(flaky\)$/m);
  expect(await readFile(join(cwd, "summary.md"), "utf8")).toMatch(/\| one&#95;amd64 \| ⚠️ flaky \| main \|/);
  expect(result.stderr).toMatch(
    /^::warning file=phases\/main\.yaml,line=14,col=3,title=one_amd64 flaky in main::/m,
  );
  await expectNothingLeft(...lab.hypervisors);
});

test("artifacts of both attempts are there: files alone, no links, none that is too large", async () => {
  const [odd = ""] = (await filesOf("one_amd64")).filter((name) => name.includes("a_b"));
  expect(odd).toMatch(/^\/root\/out\/sub\/a_b-[0-9a-f]{8}$/);
  for (const directory of ["one_amd64", "one_amd64.attempt-2"])
    expect(await filesOf(directory)).toEqual(["/root/fetched", odd, "/root/out/sub/log"].sort());
  expect(await readFile(join(cwd, "out/one_amd64/root/out/sub/log"), "utf8")).toBe("::error::log of one\n");
});

test("the other shard has the other VM; a run that failed leaves its artifacts, and says what is missing", async () => {
  const result = failed;
  expect(result.code, result.stdout + result.stderr).toBe(1);
  expect(vmsOf(result)).toEqual(["two_amd64"]);
  expect(outcomesOf(result)).toMatchObject([{ vm: "two_amd64", kind: "failed", task: "Fail until mended" }]);
  expect(eventsOfType(result, "artifacts-collected")).toMatchObject([
    {
      ...{ files: 3, bytes: 28, directory: join(cwd, "out/two_amd64") },
      list: expect.arrayContaining([{ path: "root/fetched", bytes: 8 }]),
    },
  ]);
  const dest = await readFile(join(cwd, "phases/taken/two_amd64/root/fetched"), "utf8");
  expect([dest, await readFile(join(cwd, "out/two_amd64/root/fetched"), "utf8")]).toEqual(
    Array(2).fill("fetched\n"),
  );
  expect(await readFile(join(cwd, "out/two_amd64/root/out/sub/log"), "utf8")).toBe("::error::log of two\n");
  const warnings = eventsOfType(result, "warning").map(({ message }) => message);
  expect(warnings).toEqual([
    "no artifact matches /root/none*",
    "artifacts that are no files are left out: /root/out/link",
    expect.stringMatching(/^artifact \/root\/out\/big \(64 KiB\) is left out: all together may have 32 KiB/),
  ]);
});

test("--rerun-failed runs what did not pass in the last run, and then nothing", async () => {
  await writeFile(join(cwd, "phases/mended"), "");
  const again = await run(["--rerun-failed"]);
  expect(again.code, again.stdout).toBe(0);
  expect(outcomesOf(again)).toEqual([{ vm: "two_amd64", kind: "passed" }]);
  const nothing = await run(["--rerun-failed"]);
  expect(nothing.code, nothing.stdout + nothing.stderr).toBe(0);
  expect(vmsOf(nothing)).toEqual([]);
  await expectNothingLeft(...lab.hypervisors);
});
