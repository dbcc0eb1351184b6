import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { HypervisorState } from "../../../src/dispatch/model.js";
import { asFarmError, describeError } from "../../../src/errors.js";
import { loadProject, type Project } from "../../../src/project/project.js";
import { writeProject } from "../../lab/farm.js";

type Files = Readonly<Record<string, string>>;
interface Options {
  readonly inventory?: string;
  readonly vars?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly limit?: string;
}

/** One VM on this machine; tests replace what they are about. */
export const SMALL: Files = {
  "inventory.yaml": `all:
  hosts:
    localhost:
      config: { list: [{ platform: deb, target: pc }] }
  children:
    hypervisors: { hosts: { localhost: } }
`,
  "targets/pc.yaml": "vm: { arch: x86_64 }\n",
  "platforms/deb.yaml": "vm: { disks: [{ src: a }] }\n",
};

/** Writes a project into a directory of its own, taken away after the test. */
export async function newProject(files: Files): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), "farm-load-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeProject(cwd, files);
  return cwd;
}

/** Loads `SMALL` with some files replaced. */
export async function load(files: Files, options: Options = {}): Promise<Project> {
  const cwd = await newProject({ ...SMALL, ...files });
  return loadProject({ inventory: "inventory.yaml", vars: [], extraVars: [], cwd, ...options });
}

/** What farm says about a project with a mistake. */
export async function complaint(files: Files, options: Options = {}): Promise<string> {
  return load(files, options).then(
    () => "no complaint",
    (error) => describeError(asFarmError(error)),
  );
}

/** A hypervisor as it might have answered. */
export const answered = (
  facts: Readonly<Record<string, unknown>> = {},
  name = "localhost",
): HypervisorState => ({
  name,
  reachable: true,
  domainTypes: { x86_64: ["qemu"] },
  emulators: {},
  cpus: 4,
  memoryMiB: 8192,
  freeMemoryMiB: 8192,
  facts: { ansible_architecture: "x86_64", ansible_user_uid: 1000, ...facts },
});

/** A project's first VM. */
export function first({ vms }: Project) {
  const [vm] = vms;
  if (!vm) throw new Error("the project has no VM");
  return vm;
}
