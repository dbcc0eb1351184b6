import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { type Hollow, hollowVirsh } from "../lab/hollow-virsh.js";
import {
  type LabHypervisor,
  type LabHypervisors,
  processesOf,
  startHypervisors,
} from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serve } from "../lab/image-server.js";
import { freePort } from "../lab/sshd.js";

const exec = promisify(execFile);

/** As many hypervisors, and cases at a time. */
const AT_ONCE = 3;

let lab: LabHypervisors;
let hollow: Hollow;
let server: ImageServer;
let directory: string;
/** Those that no case is using. */
const free: Bench[] = [];
const waiting: ((bench: Bench) => void)[] = [];

/** One hypervisor with a project of its own, and what it has after a run that was never killed. */
interface Bench {
  readonly hypervisor: LabHypervisor;
  readonly cwd: string;
  readonly port: number;
  readonly expected: Left;
}

/** What is on a hypervisor when a run is over. */
interface Left {
  readonly domains: readonly string[];
  readonly files: readonly string[];
  readonly ports: readonly string[];
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-killed-"));
  await chmod(directory, 0o755);
  hollow = await hollowVirsh(directory);
  lab = await startHypervisors(AT_ONCE, { path: hollow.path });
  server = await imageServer();
  const image = join(directory, "image.qcow2");
  await exec("qemu-img", ["create", "-q", "-f", "qcow2", image, "1M"]);
  server.on("/image.qcow2", serve(await readFile(image)));
  free.push(...(await Promise.all(lab.hypervisors.map(makeBench))));
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
});

async function makeBench(hypervisor: LabHypervisor): Promise<Bench> {
  const cwd = join(directory, `project-${hypervisor.user}`);
  const port = await freePort();
  await writeProject(cwd, project(hypervisor, port));
  const bench = { hypervisor, cwd, port };
  const result = await run(bench);
  expect(result.code, result.stdout + result.stderr).toBe(0);
  expect(eventsOfType(result, "warning")).toEqual([]);
  const expected = await left(hypervisor);
  await hypervisor.as("cp", "-a", join(hypervisor.pool, "farm"), join(hypervisor.home, "begun"));
  return { ...bench, expected };
}

function project({ user }: LabHypervisor, port: number): Record<string, string> {
  const inventory = {
    all: {
      hosts: {
        localhost: {
          ansible_connection: "local",
          config: { list: [{ platform: "one", target: "amd64" }] },
        },
      },
      children: {
        hypervisors: {
          hosts: {
            hypervisor: {
              ansible_host: "127.0.0.1",
              ansible_port: lab.port,
              ansible_user: user,
              ansible_ssh_private_key_file: lab.clientKeyPath,
              kvm_probe: true,
            },
          },
        },
        vms: {
          vars: {
            project_id: "killed",
            phases_lookup_dir_path: "phases",
            ansible_ssh_private_key_file: hollow.privateKey,
          },
        },
      },
    },
  };
  const vm = {
    metadata: {
      auth: { user },
      sources: [
        {
          before_provision: [{ callback: "fetch", src: `${server.url}/image.qcow2`, dest: "image" }],
          on_provision: { src: "image", dest: "root" },
        },
      ],
    },
    disks: [{ src: "root" }],
    virt_domain: "qemu",
    net: { type: "vde", source: "lab", forwards: [{ guest: 80, host: port }] },
  };
  const task = (name: string) => `- { name: ${name}, command: echo ${name} }\n`;
  return {
    "inventory.yaml": JSON.stringify(inventory),
    "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 256 }\n",
    "platforms/one.yaml": JSON.stringify({ vm }),
    "phases/dependencies.yaml": task("dependencies"),
    "phases/init.yaml": `- { command: echo begun, checkpoint: true }\n${task("init")}`,
    "phases/main.yaml": task("main"),
    "phases/terminate.yaml": task("terminate"),
  };
}

const run = (
  { cwd }: Pick<Bench, "cwd">,
  options: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<FarmResult> =>
  farm(["run", "-i", "inventory.yaml", "--format", "json", ...options], { cwd, home: lab.farmHome, env });

async function left({ as, pool, user, domains }: LabHypervisor): Promise<Left> {
  const found = await as("find", join(pool, "farm"), "-printf", "%y %P\n");
  const ofUser = new Set((await processesOf(user)).map(String));
  const sockets = (await exec("ss", ["-Hlntup"])).stdout.split("\n");
  return {
    domains: await domains(),
    files: found
      .split("\n")
      .map((path) => path.replace(/-[0-9a-f]{16}-[0-9a-f]{8}(?=\/|$)/, "-*"))
      .sort(),
    ports: sockets.filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid = ""]) => ofUser.has(pid))),
  };
}

/** What there is when the run that is killed begins. */
type Beginning = "nothing" | "images" | "clean" | "points";

async function begin({ as, pool, home }: LabHypervisor, with_: Beginning): Promise<void> {
  const script = `rm -rf -- "$1"
[ "$3" != nothing ] || exit 0
cp -a -- "$2" "$1"
case $3 in images) rm -rf -- "$1"/points/*-* ;; clean) rm -rf -- "$1"/points/init-* "$1"/points/dependencies-* ;; esac`;
  await as("sh", "-c", script, "sh", join(pool, "farm"), join(home, "begun"), with_);
}

const take = (): Promise<Bench> => {
  const bench = free.shift();
  return bench ? Promise.resolve(bench) : new Promise((resolve) => waiting.push(resolve));
};
const give = (bench: Bench): void => {
  const next = waiting.shift();
  if (next) next(bench);
  else free.push(bench);
};

const STEPS: Readonly<Record<Beginning, readonly string[]>> = {
  nothing: ["startup/image", "image/fetch.", "image/verify.", "startup/image."],
  images: [
    "startup",
    "startup/lock.",
    "startup/record.",
    "startup/disks",
    "startup/disks.",
    "startup/switch.",
    "startup/define.",
    "startup/start.",
    "startup/forward.",
    "startup/ssh.",
    "startup.",
    "create clean/save",
    "create clean/save.",
    "create clean/write.",
    "create clean.",
    "dependencies",
    "dependencies/save.",
    "dependencies/write.",
    "init",
    "init/save.",
    "init/write.",
  ],
  clean: [
    "restore clean/disks.",
    "restore clean/restore.",
    "restore clean.",
    "create init/save",
    "create init/save.",
    "create init/write",
    "create init/write.",
    "create init.",
  ],
  points: [
    "restore init",
    "restore init/disks",
    "restore init/disks.",
    "restore init/switch.",
    "restore init/restore",
    "restore init/restore.",
    "restore init/forward.",
    "restore init/ssh.",
    "restore init/wake up",
    "restore init/wake up.",
    "restore init.",
    "main",
    "main.",
    "terminate",
    "terminate.",
    "shutdown",
    "shutdown/destroy",
    "shutdown/destroy.",
    "shutdown/files",
    "shutdown/files.",
    "shutdown.",
    "run/over",
    "run/over.",
  ],
};
const CASES = Object.entries(STEPS).flatMap(([with_, steps]) =>
  steps.map((step): [string, Beginning] => [step, with_ as Beginning]),
);

test.concurrent.each(CASES)(
  "a farm that is killed in %s, which began with %s: the next run needs no help and leaves what any other does",
  async (step, with_) => {
    const bench = await take();
    try {
      await begin(bench.hypervisor, with_);
      const killed = await run(bench, [], { FARM_FAIL_AT: step });
      expect(killed.code, killed.stdout).toBe(null);

      const second = await run(bench);
      expect(second.code, second.stdout + second.stderr).toBe(0);
      const warnings = eventsOfType(second, "warning").map(({ message }) => message);
      expect(warnings.filter((message) => !/which died$|half-made restore point/.test(message))).toEqual([]);
      expect(eventsOfType(second, "forwarded").map(({ forwards }) => forwards[0]?.host)).toContain(
        bench.port,
      );
      expect(await left(bench.hypervisor)).toEqual(bench.expected);
    } finally {
      give(bench);
    }
  },
);
