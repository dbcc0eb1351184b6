import { mkdtemp, readdir, readFile, rm, truncate, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, startFarm, writeProject } from "../lab/farm.js";
import { type LabHypervisor, type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { ITS_TIME, tinyProject } from "../lab/tiny-project.js";

let lab: LabHypervisors;
let server: ImageServer;
let image: { url: string; sha256: string };
let cwd: string;

/** One VM whose init looks at something of every kind. */
const PHASES = {
  dependencies: "- shell: echo dependencies >> /run/done\n",
  init: `- set_fact: { from_init: "{{ used }}" }
- include_tasks: "{{ which }}.yaml"
- include_role: { name: made }
- copy: { src: tree, dest: /root/ }
- template: { src: page.j2, dest: /root/page }
- shell: echo init '{{ lookup("env", "FARM_TEST") }}' >> /run/done; uptime > /run/up
`,
  included: "- command: 'true'\n",
};
const MAIN = `- command: cat /run/done
  register: done
- assert: { that: "done.stdout_lines | first == 'dependencies' and from_init == used" }
${ITS_TIME}- shell: ps | grep -c '[d]ropbear'
  register: servers
  until: servers.stdout == '2' # The one that listens and ours: none of an earlier run is left.
  retries: 200
  delay: 0.1
- shell: echo main >> /run/done
`;

const files = (): Record<string, string> => ({
  ...tinyProject({
    lab,
    image,
    platforms: ["one"],
    phases: { ...PHASES, main: MAIN },
    vmVars: ["connection_timeout: 60", "used: one", "unused: one", "which: included"].join("\n        "),
  }),
  "phases/files/tree/a": "a",
  "phases/templates/page.j2": "{{ used }}\n",
  "phases/roles/made/tasks/main.yaml": "- command: echo {{ of_role }}\n",
  "phases/roles/made/defaults/main.yaml": "of_role: default\n",
});

beforeAll(async () => {
  lab = await startHypervisors(2);
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  image = { url: `${server.url}/tiny.qcow2`, sha256 };
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  await writeProject(cwd, files());
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

const command = (verb: string, ...options: string[]) => [
  verb,
  "-i",
  "inventory.yaml",
  "--format",
  "json",
  ...options,
];
const run = (...options: string[]) => farm(command("run", ...options), { cwd, home: lab.farmHome });

/** The phases that were not skipped. */
const phasesOf = (result: FarmResult) =>
  eventsOfType(result, "phase-ended").map(({ phase, status }) => `${phase} ${status}`);

async function plannedInit(...options: string[]): Promise<{ action: string; because?: string }> {
  const result = await farm(command("plan", ...options), { cwd, home: lab.farmHome });
  expect(result.stderr).toBe("");
  const plan = JSON.parse(result.stdout);
  return plan.vms[0].points.find(({ kind }: { kind: string }) => kind === "init");
}

const usedHypervisor = (result: FarmResult): LabHypervisor => {
  const name = eventsOfType(result, "vm-placed")[0]?.hypervisor;
  const found = lab.hypervisors[name === "hypervisor1" ? 0 : 1];
  if (!found) throw new Error(`no hypervisor ${name}`);
  return found;
};
const pointsOn = async ({ pool }: LabHypervisor) =>
  (await readdir(join(pool, "farm/points"))).filter((name) => name !== "lock").sort();

test("the first run makes the points, and the second one begins with main", async () => {
  const first = await run();
  expect(first.code, first.stdout).toBe(0);
  expect(phasesOf(first)).toEqual([
    "startup passed",
    "create clean passed",
    "dependencies passed",
    "init passed",
    "create init passed",
    "main passed",
    "shutdown passed",
  ]);
  const points = await pointsOn(usedHypervisor(first));
  expect(points.map((name) => name.replace(/-.*/, ""))).toEqual(["clean", "dependencies", "init"]);

  const second = await run();
  expect(second.code, second.stdout).toBe(0);
  expect(phasesOf(second)).toEqual([
    "startup passed",
    "restore init passed",
    "main passed",
    "shutdown passed",
  ]);
  expect(usedHypervisor(second)).toBe(usedHypervisor(first));
  expect(eventsOfType(second, "warning")).toEqual([]);
  expect(await pointsOn(usedHypervisor(second))).toEqual(points);
  for (const hypervisor of lab.hypervisors) expect(await hypervisor.domains()).toEqual([]);
});

describe("what a point is made from", () => {
  const changes: [string, Record<string, string>, string][] = [
    ["a task file", { "phases/init.yaml": `${PHASES.init}- command: "true"\n` }, "phases/init.yaml changed"],
    ["an included file", { "phases/included.yaml": "[]\n" }, "phases/included.yaml changed"],
    [
      "a role's tasks",
      { "phases/roles/made/tasks/main.yaml": "[]\n" },
      "phases/roles/made/tasks/main.yaml changed",
    ],
    [
      "a role's defaults",
      { "phases/roles/made/defaults/main.yaml": "of_role: other\n" },
      "phases/roles/made/defaults/main.yaml changed",
    ],
    ["a file in a copied directory", { "phases/files/tree/b": "b" }, "phases/files/tree changed"],
    ["a template", { "phases/templates/page.j2": "other\n" }, "phases/templates/page.j2 changed"],
    [
      "the machine",
      { "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 320 }\n" },
      "ram changed from 256 MiB to 320 MiB",
    ],
    ["what main does", { "phases/main.yaml": "- command: 'true'\n" }, ""],
  ];
  test.each(changes)("%s", async (_, changed, because) => {
    await writeProject(cwd, changed);
    const original = files();
    try {
      const { action, because: told = "" } = await plannedInit();
      expect({ action, told }).toEqual({ action: because === "" ? "restore" : "remake", told: because });
    } finally {
      for (const name of Object.keys(changed)) if (!(name in original)) await unlink(join(cwd, name));
      await writeProject(cwd, original);
    }
  });

  test.each<[string, string[], string]>([
    ["a variable that a task uses", ["-e", "used=two"], "variable used changed"],
    ["a variable that no task uses", ["-e", "unused=two"], ""],
    ["a variable that only main uses", ["-e", "done=two"], ""],
    ["a variable over a role's default", ["-e", "of_role=two"], "variable of_role is new"],
    ["the project's revision", ["-e", "project_revision=2"], "project_revision changed from 0 to 2"],
    ["the choice of tasks", ["--skip-tags", "slow"], 'tags changed from all to [[],["slow"]]'],
    ["--fresh-init", ["--fresh-init"], "as asked"],
    ["--fresh", ["--fresh"], "as asked"],
    ["its age", ["-e", "init_max_age=1"], "it is too old"],
  ])("%s", async (_, options, because) => {
    const { action, because: told = "" } = await plannedInit(...options);
    expect({ action, told }).toEqual({ action: because === "" ? "restore" : "remake", told: because });
  });
});

test("a changed init begins with the dependencies that are there", async () => {
  await writeProject(cwd, { "phases/included.yaml": "- shell: echo changed >> /run/done\n" });
  const result = await run();
  expect(result.code, result.stdout).toBe(0);
  expect(phasesOf(result)).toEqual([
    "startup passed",
    "restore init passed",
    "init passed",
    "create init passed",
    "main passed",
    "shutdown passed",
  ]);
});

test("what stands behind a checkpoint is not run again when later tasks change", async () => {
  const init = `- set_fact: { from_init: "{{ used }}" }
- shell: echo before >> /run/done
  register: before
  checkpoint: true
# What comes now is changed.
`;
  const last = "- { name: Last, shell: 'echo {{ before.rc }} one >> /run/done' }\n";
  await writeProject(cwd, { "phases/init.yaml": init + last });
  const first = await run();
  expect(first.code, first.stdout).toBe(0);
  await writeProject(cwd, { "phases/init.yaml": init.replace("now", "next") + last.replace("one", "two") });
  const plan = JSON.parse((await farm(command("plan"), { cwd, home: lab.farmHome })).stdout);
  expect(plan.vms[0].points).toMatchObject([
    { kind: "clean", action: "none" },
    { kind: "dependencies", action: "none" },
    { kind: "checkpoint", action: "restore" },
    { kind: "init", action: "remake", because: "phases/init.yaml changed" },
  ]);
  const second = await run();
  expect(second.code, second.stdout).toBe(0);
  expect(eventsOfType(second, "warning")).toEqual([]);
  expect(phasesOf(second)).toEqual(phasesOf(first));
  const tasks = eventsOfType(second, "task-ended").filter(({ phase }) => phase === "init");
  expect(tasks.map(({ task }) => task)).toEqual(["Last"]);
  const done = eventsOfType(second, "task-ended").find(
    ({ result }) => result["cmd"] !== undefined && String(result["stdout"]).startsWith("dependencies"),
  );
  expect(done?.result["stdout_lines"]).toEqual(["dependencies", "before", "0 two"]);
  await writeProject(cwd, { "phases/init.yaml": init.replace("before", "other") + last });
  expect(await plannedInit()).toMatchObject({ action: "remake" });
  await writeProject(cwd, files());
});

test.each([
  ["dependencies", ""],
  ["init", "- { command: 'true', checkpoint: true }\n"],
])("memory of a point in the midst of %s that is refused is made again", async (kind, head) => {
  const cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  try {
    const init = (last: string) => `${head}- command: echo ${last}\n`;
    const phases = { dependencies: "- command: 'true'\n", init: init("one"), main: "- command: 'true'\n" };
    await writeProject(cwd, tinyProject({ lab, image, platforms: ["one"], phases, name: `refused ${kind}` }));
    const run = async (...more: string[]) => {
      const result = await farm(command("run", ...more), { cwd, home: lab.farmHome });
      expect(result.code, result.stdout).toBe(0);
      return eventsOfType(result, "warning").map(({ message }) => message);
    };
    expect(await run("--fresh")).toEqual([]);
    // The newest of its kind that the next run goes on from.
    for (const { pool } of lab.hypervisors) {
      const points = join(pool, "farm/points");
      for (const name of await readdir(points).catch(() => [])) {
        const manifest = JSON.parse(
          await readFile(join(points, name, "manifest.json"), "utf8").catch(() => "{}"),
        );
        const isIt = manifest.kind === kind && (manifest.tasks !== undefined) === (head !== "");
        if (manifest.project === `refused ${kind}` && isIt)
          await truncate(join(points, name, "memory"), 4096);
      }
    }
    await writeProject(cwd, { "phases/init.yaml": init("two") });
    expect(await run()).toEqual([expect.stringMatching(/^the saved memory of .* cannot be used/)]);
    await writeProject(cwd, { "phases/init.yaml": init("three") });
    expect(await run()).toEqual([]);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});

test("a second farm waits for the VM, runs beside it, or does not", async () => {
  await writeProject(cwd, { "phases/main.yaml": "- shell: echo started; sleep 1000\n" });
  const first = startFarm(command("run"), { cwd, home: lab.farmHome });
  await first.until(/"type":"task-output".*started/);
  const refused = await run("--no-wait");
  expect(refused.code).toBe(3);
  expect(JSON.stringify(eventsOfType(refused, "run-ended"))).toMatch(/another farm works on 'one_amd64'/);
  await writeProject(cwd, { "phases/main.yaml": MAIN });
  const beside = await run("--instance", "b", "--keep", "--limit", "one_amd64");
  expect(beside.code, beside.stdout).toBe(0);
  expect(eventsOfType(beside, "warning")).toEqual([]);
  expect(phasesOf(beside)).toEqual(["startup passed", "restore init passed", "main passed"]);
  const applied = await farm(
    [
      "apply",
      "phases/main.yaml",
      "--on",
      "one_amd64",
      "-i",
      "inventory.yaml",
      "--instance",
      "b",
      "-e",
      "used=one",
    ],
    { cwd, home: lab.farmHome },
  );
  expect(applied.stderr).toBe("");
  const down = await farm(command("down", "--instance", "b"), { cwd, home: lab.farmHome });
  expect(JSON.parse(down.stdout).removals).toMatchObject([{ vm: "one_amd64", removed: true }]);
  const second = startFarm(command("run"), { cwd, home: lab.farmHome });
  await second.until(/"type":"waiting".*another farm to leave this VM: .*@.*process/);
  first.process.kill("SIGINT");
  expect((await first.ended).code).toBe(130);
  expect((await second.ended).code).toBe(0);
});

test("ls shows what is kept, and gc removes it when told to", async () => {
  const listed = async () => {
    const result = await farm(command("ls"), { cwd, home: lab.farmHome });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const pools = JSON.parse(result.stdout) as {
      hypervisor: string;
      points: { kind: string; vms: string[] }[];
    }[];
    return pools.flatMap(({ points }) => points.map(({ kind }) => kind)).sort();
  };
  const before = await listed();
  expect(before.filter((kind) => kind === "init").length).toBeGreaterThan(1);
  const table = await farm(["ls", "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
  expect(table.stdout).toMatch(
    /tiny project +one_amd64 +init +[\d.]+ MiB +\d+ min ago +yes +dependencies +init-/,
  );
  const dry = await farm(["gc", "-i", "inventory.yaml", "--max-size", "1K", "--dry-run"], {
    cwd,
    home: lab.farmHome,
  });
  expect(dry.stdout).toMatch(/would remove point init-.* over the limit, and the least used\n/);
  expect(await listed()).toEqual(before);
  const result = await farm(command("gc", "--max-size", "1K"), { cwd, home: lab.farmHome });
  expect(result.code).toBe(0);
  const removals = JSON.parse(result.stdout).removals as { what: string; kept?: string }[];
  expect(removals.filter(({ what }) => what === "point")).toHaveLength(before.length);
  expect(removals.some(({ what }) => what === "image")).toBe(true);
  expect(removals.filter(({ kept }) => kept !== undefined)).toEqual([]);
  expect(await listed()).toEqual([]);
  expect(await plannedInit()).toMatchObject({ action: "make", because: "there is none yet" });
});

test("a run keeps the limits that the inventory sets", async () => {
  const result = await run("-e", "cache_max_size=1K");
  expect(result.code, result.stdout).toBe(0);
  const trimmed = eventsOfType(result, "cache-trimmed");
  expect(trimmed.map(({ hypervisor }) => hypervisor)).toEqual([
    eventsOfType(result, "vm-placed")[0]?.hypervisor,
  ]);
  const kinds = trimmed.flatMap(({ removed }) => removed.map((name) => name.replace(/-.*/, "")));
  expect(kinds.sort()).toEqual(["clean", "dependencies", "init", "sha256"]);
  expect(await pointsOn(usedHypervisor(result))).toEqual([]);
});
