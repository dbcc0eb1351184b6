import { expect, test } from "vitest";
import { PHASES } from "../../../src/phases.js";
import { lifeCycle } from "../../../src/provision/life-cycle.js";
import type { PointChoices } from "../../../src/restore/choices.js";
import type { Manifest, PointKind } from "../../../src/restore/manifest.js";

const all = new Set<string>(PHASES);
type Input = Parameters<typeof lifeCycle>[0];
const ran = (input: Omit<Input, "choices"> & Partial<Input>) =>
  lifeCycle({ choices: {}, ...input })
    .filter(({ skip }) => skip === undefined)
    .map(({ phase }) => phase);

test("only phases with a file run, between startup and shutdown", () => {
  const files = { main: "main.yaml", terminate: "terminate.yaml" };
  expect(ran({ allowed: all, files, keep: false })).toEqual(["startup", "main", "terminate", "shutdown"]);
});

test("every phase is told, with a reason when it does not run", () => {
  const phases = lifeCycle({
    allowed: new Set(["startup", "main"]),
    files: { main: "m", init: "i" },
    keep: false,
    choices: {},
  });
  expect(phases.map(({ phase }) => phase)).toEqual([...PHASES]);
  expect(phases.find(({ phase }) => phase === "init")?.skip).toBe("not in allowed_phases");
  expect(phases.find(({ phase }) => phase === "shutdown")?.skip).toBe("not in allowed_phases");
});

test("without startup nothing runs", () => {
  const allowed = new Set(PHASES.filter((phase) => phase !== "startup"));
  expect(ran({ allowed, files: { main: "m" }, keep: false })).toEqual([]);
});

test("a kept VM is not shut down", () => {
  expect(ran({ allowed: all, files: { main: "m" }, keep: true })).not.toContain("shutdown");
});

const point = (kind: PointKind): Manifest => ({
  format: 1,
  name: `${kind}-0123456789abcdef-01234567`,
  kind,
  project: "p",
  vm: "v",
  created: "2026-11-24T01:02:03.000Z",
  below: null,
  images: [],
  inputs: {},
  trace: { files: {}, variables: {}, environment: {} },
  domain: { name: "v", uuid: "0da92d22-b345-488a-92b9-6ce711ddaeff", directory: "/pool/farm/vms/v" },
  live: true,
  disks: [0],
  seed: false,
});
const none = { restore: undefined, again: true, because: "ram changed" } as const;
const files = { dependencies: "d", init: "i", main: "m" };

test.each<[string, PointChoices, string[]]>([
  [
    "nothing to restore: everything runs, and clean and init are made",
    { clean: none, init: none },
    ["startup", "create clean", "dependencies", "init", "create init", "main", "shutdown"],
  ],
  [
    "a clean guest: the project's phases run, and init is made",
    { clean: { restore: point("clean") }, init: none },
    ["startup", "restore clean", "dependencies", "init", "create init", "main", "shutdown"],
  ],
  [
    "a guest with its dependencies: only init runs",
    { clean: { restore: point("clean") }, dependencies: { restore: point("dependencies") }, init: none },
    ["startup", "restore init", "init", "create init", "main", "shutdown"],
  ],
  [
    "a checkpoint in init: the rest of it runs",
    {
      clean: none,
      dependencies: { restore: point("dependencies") },
      checkpoint: { restore: { ...point("init"), tasks: 2 } },
      init: none,
    },
    ["startup", "restore init", "init", "create init", "main", "shutdown"],
  ],
  [
    "a checkpoint in dependencies: the rest of them runs",
    {
      clean: { restore: point("clean") },
      dependencies: none,
      checkpoint: { restore: { ...point("dependencies"), tasks: 2 } },
      init: none,
    },
    ["startup", "restore init", "dependencies", "init", "create init", "main", "shutdown"],
  ],
  [
    "dependencies are more than a checkpoint in them",
    {
      clean: none,
      dependencies: { restore: point("dependencies") },
      checkpoint: { restore: { ...point("dependencies"), tasks: 2 } },
      init: none,
    },
    ["startup", "restore init", "init", "create init", "main", "shutdown"],
  ],
  [
    "init: straight to main",
    { clean: none, dependencies: none, init: { restore: point("init") } },
    ["startup", "restore init", "main", "shutdown"],
  ],
  [
    "a clean guest of a VM without points of its own",
    { clean: { restore: point("clean") } },
    ["startup", "restore clean", "dependencies", "init", "main", "shutdown"],
  ],
])("%s", (_, choices, expected) => {
  expect(ran({ allowed: all, files, keep: false, choices })).toEqual(expected);
});

test("what is not restored says why", () => {
  const phases = lifeCycle({ allowed: all, files, keep: false, choices: { clean: none, init: none } });
  expect(phases.find(({ phase }) => phase === "restore init")?.skip).toBe("ram changed");
});
