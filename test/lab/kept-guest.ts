import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "./farm.js";
import type { LabHypervisors } from "./hypervisors.js";
import { type ImageServer, serveFile } from "./image-server.js";
import type { LabImage } from "./images.js";
import { tinyProject } from "./tiny-project.js";

/** This machine, in QEMU's user network. */
export const HOST_AS_SEEN = "10.0.2.2";
const GUESTS = fileURLToPath(new URL("../fixtures/guests", import.meta.url));

type Vars = Readonly<Record<string, string>>;

/** A guest that `farm run --keep` left, and the task files of test/fixtures/guests in its project. */
export interface KeptGuest {
  /** Plays a task file of the project in it; how that ends is not looked at. */
  apply(file: string, vars?: Vars): Promise<FarmResult>;
  down(): Promise<FarmResult>;
}

interface Keeping {
  readonly lab: LabHypervisors;
  readonly server: ImageServer;
  readonly image: LabImage;
  /** Where the project is written. */
  readonly cwd: string;
  /** Files of the project beside those of a tiny one, or instead of them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of its disk. */
  readonly size?: string;
}

/** Runs a project of one VM whose main phase is a ping, and keeps it. */
export async function keepGuest({
  lab,
  server,
  image,
  cwd,
  files = {},
  size = "1G",
}: Keeping): Promise<KeptGuest> {
  server.on("/image.qcow2", serveFile(image.path));
  const served = { url: `${server.url}/image.qcow2`, sha256: image.sha256 };
  await writeProject(cwd, {
    ...tinyProject({ lab, image: served, platforms: ["one"], size, phases: { main: "- ping:\n" } }),
    ...files,
  });
  await cp(GUESTS, join(cwd, "guests"), { recursive: true });
  const place = { cwd, home: lab.farmHome };
  const run = await farm(["run", "-i", "inventory.yaml", "--keep", "--format", "json"], place);
  expect(eventsOfType(run, "run-ended")[0]?.exitCode, run.stdout + run.stderr).toBe(0);
  const known = { dir: "/root/farm-test", server: `http://${HOST_AS_SEEN}:${new URL(server.url).port}` };
  const on = ["--on", "one_amd64", "-i", "inventory.yaml", "--format", "json"];
  return {
    apply: (file, vars = {}) => {
      const extra = Object.entries({ ...known, ...vars }).flatMap(([name, value]) => [
        "-e",
        `${name}=${value}`,
      ]);
      return farm(["apply", file, ...on, ...extra], place);
    },
    down: () => farm(["down", "-i", "inventory.yaml"], place),
  };
}

/** Name and status of each task that ended. */
export const tasksOf = (result: FarmResult) =>
  eventsOfType(result, "task-ended").map(({ task, status }) => [task, status]);

/** Those that changed something. */
export const changesOf = (result: FarmResult) => tasksOf(result).filter(([, status]) => status === "changed");

/** Plays a task file twice: the first time it changes at least so many things, the second time nothing. */
export async function playTwice(
  guest: KeptGuest,
  file: string,
  { changes = 1, vars = {} }: { changes?: number; vars?: Vars } = {},
): Promise<void> {
  const first = await guest.apply(file, vars);
  expect(first.code, first.stdout + first.stderr).toBe(0);
  expect(changesOf(first).length).toBeGreaterThanOrEqual(changes);
  const second = await guest.apply(file, vars);
  expect([second.code, changesOf(second)], second.stdout + second.stderr).toEqual([0, []]);
}
