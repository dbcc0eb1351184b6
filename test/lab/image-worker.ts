import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { expect } from "vitest";
import type { LabHypervisor, LabHypervisors } from "./hypervisors.js";
import type { ImageWork } from "./image-work.js";

interface Ended {
  /** Null: killed. */
  readonly code: number | null;
  /** On both streams. */
  readonly said: string;
}

export interface Worker {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts farm's image work for one VM in processes of its own. */
export interface ImageWorker {
  start(recipes: ImageWork["recipes"], env?: Record<string, string>, name?: string): Worker;
  end(): Promise<void>;
}

/** @param lab whose first hypervisor it is done on */
export async function imageWorker(lab: LabHypervisors): Promise<ImageWorker> {
  const input = fileURLToPath(new URL("image-work.ts", import.meta.url));
  const bundle = await rolldown({ input, platform: "node", external: /^[^./]/ });
  // Where it finds the packages that it needs.
  const file = fileURLToPath(new URL(`../../node_modules/.image-work-${process.pid}.mjs`, import.meta.url));
  await bundle.write({ file, format: "esm", codeSplitting: false });
  const [{ user } = { user: "" }] = lab.hypervisors;
  return {
    start: (recipes, env = {}, name = "one") => {
      const where = { port: lab.port, user, keyFile: lab.clientKeyPath, hostKey: lab.hostKey };
      const work: ImageWork = { ...where, recipes, name };
      return started(file, { ...process.env, IMAGE_WORK: JSON.stringify(work), ...env });
    },
    end: () => rm(file, { force: true }),
  };
}

function started(file: string, env: NodeJS.ProcessEnv): Worker {
  const child = spawn(process.execPath, [file], { env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return {
    process: child,
    ended: new Promise((done) => child.once("close", (code) => done({ code, said }))),
  };
}

/** Names of what a hypervisor has below `farm` of its pool. */
export const farmFiles = ({ pool }: LabHypervisor, ...names: string[]): Promise<string[]> =>
  readdir(join(pool, "farm", ...names)).then(
    (found) => found.sort(),
    () => [],
  );

/** Names of images and parts of them. */
export const imageFiles = async (hypervisor: LabHypervisor): Promise<string[]> =>
  (await farmFiles(hypervisor, "images")).filter((name) => name !== "index" && name !== "locks");

/** Every image in the store is what its name says, and every disk is whole: nobody who finds one gets something else. */
export async function expectNoWrongFile(hypervisor: LabHypervisor): Promise<void> {
  for (const name of (await imageFiles(hypervisor)).filter((each) => each.startsWith("sha256-"))) {
    const content = await readFile(join(hypervisor.pool, "farm/images", name));
    expect(name).toContain(`sha256-${createHash("sha256").update(content).digest("hex")}.`);
  }
  for (const vm of (await farmFiles(hypervisor, "vms")).filter((name) => !name.endsWith(".lock")))
    for (const name of await farmFiles(hypervisor, "vms", vm))
      if (name.endsWith(".qcow2"))
        execFileSync("qemu-img", ["check", "-q", join(hypervisor.pool, "farm/vms", vm, name)]);
}
