import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, farm, startFarm, writeProject } from "../lab/farm.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { startTinyFarm, type TinyFarm } from "../lab/tiny-farm.js";

let tiny: TinyFarm;

beforeAll(async () => {
  tiny = await startTinyFarm(1, { platforms: ["one"], phases: { main: "- command: 'true'\n" } });
});
afterAll(() => tiny.stop());

const inFarm = (verb: string, ...options: string[]) =>
  farm([verb, "-i", "inventory.yaml", ...options], tiny.place);

test("a VM that was kept makes room for the next one; down says which instances it leaves, and takes all of them when told to", async () => {
  for (const name of ["b", "all"]) {
    const kept = await inFarm("run", "--keep", "--instance", name);
    expect(kept.code, kept.stdout).toBe(0);
  }
  const again = await inFarm("run", "--keep", "--instance", "b", "--format", "json");
  expect(eventsOfType(again, "warning").map(({ message }) => message)).toEqual([
    expect.stringMatching(/^removed the VM that run \S+ had kept$/),
  ]);
  const none = await inFarm("down");
  expect(none).toMatchObject({ code: 0, stderr: "" });
  expect(none.stdout.split("\n").sort()).toEqual([
    "",
    "left one_amd64 of instance 'all' on hypervisor1: 'farm down' with --instance all, or with --all-instances, removes it",
    "left one_amd64 of instance 'b' on hypervisor1: 'farm down' with --instance b, or with --all-instances, removes it",
    "nothing to remove",
  ]);
  const refused = await inFarm("down", "--all-instances", "--instance", "b");
  expect(refused.code).toBe(2);
  const one = await inFarm("down", "--instance", "all", "--format", "json");
  expect(JSON.parse(one.stdout)).toEqual({
    removals: [{ vm: "one_amd64", hypervisor: "hypervisor1", removed: true }],
    left: [{ vm: "one_amd64", hypervisor: "hypervisor1", instance: "b" }],
    problems: [],
  });
  const all = await inFarm("down", "--all-instances");
  expect(all).toMatchObject({ code: 0, stdout: "removed one_amd64 from hypervisor1\n", stderr: "" });
  await expectNothingLeft(...tiny.lab.hypervisors);
});

test("what a farm left that was killed is recognised: by ls, by the next run of other VMs, by gc", async () => {
  const killed = await farm(["run", "-i", "inventory.yaml", "--format", "json", "--fresh"], {
    ...tiny.place,
    env: { FARM_FAIL_AT: "startup/ssh." },
  });
  expect(killed.code, killed.stdout).toBe(null);
  const run = eventsOfType(killed, "run-started")[0]?.run ?? "";
  expect(await tiny.lab.hypervisors[0]?.domains()).toEqual(["one_amd64"]);
  // Its SSH server notices when it gets its turn.
  await expect
    .poll(async () => (await inFarm("ls")).stdout)
    .toMatch(
      new RegExp(`tiny project +${run} +died, 1 VM left +\\d+ \\w+ ago +.*@.*, process \\d+ +one_amd64`),
    );
  const other = await inFarm("run", "--format", "json", "--instance", "b");
  expect(other.code, other.stdout).toBe(0);
  expect(eventsOfType(other, "warning").map(({ message }) => message)).toEqual([
    expect.stringMatching(
      new RegExp(`^run ${run} of .*, died and has left one_amd64-\\w+: 'farm gc' removes that$`),
    ),
  ]);
  const dry = await inFarm("gc", "--dry-run");
  expect(dry.stdout).toMatch(
    new RegExp(`would remove VM directory one_amd64-\\w+ on .*: run ${run} of .*, died`),
  );
  expect(await tiny.lab.hypervisors[0]?.domains()).toEqual(["one_amd64"]);
  const gone = await inFarm("gc");
  expect(gone).toMatchObject({ code: 0, stderr: "" });
  expect(gone.stdout).toMatch(new RegExp(`removed the record of run ${run} on hypervisor1`));
  await expectNothingLeft(...tiny.lab.hypervisors);
  expect((await inFarm("ls")).stdout).not.toContain(run);
});

test("a farm that works is shown by ls and left alone by gc; the next run says that it died", async () => {
  await writeProject(tiny.cwd, { "phases/main.yaml": "- shell: echo started; sleep 1000\n" });
  const first = startFarm(["run", "-i", "inventory.yaml", "--format", "json"], tiny.place);
  await first.until(/"type":"task-output".*started/);
  expect((await inFarm("ls")).stdout).toMatch(/tiny project +\S+ +working +.* one_amd64\n/);
  expect((await inFarm("gc")).stdout).not.toMatch(/VM directory|the record of run/);
  expect(await tiny.lab.hypervisors[0]?.domains()).toEqual(["one_amd64"]);
  first.process.kill("SIGKILL");
  const killed = await first.ended;
  await writeProject(tiny.cwd, { "phases/main.yaml": "- command: 'true'\n" });
  const next = await inFarm("run", "--format", "json");
  expect(next.code, next.stdout).toBe(0);
  expect(eventsOfType(next, "warning").map(({ message }) => message)).toEqual([
    `removed the VM of run ${eventsOfType(killed, "run-started")[0]?.run}, which died or lost its connection`,
  ]);
  await expectNothingLeft(...tiny.lab.hypervisors);
});
