import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import {
  type LabHypervisor,
  type LabHypervisors,
  processesOf,
  startHypervisors,
} from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { type LabImage, tinyImage } from "../lab/images.js";
import { freePort } from "../lab/sshd.js";

const exec = promisify(execFile);

/** As many hypervisors, and cases at a time: two guests are what two cores carry. */
const AT_ONCE = 2;

let lab: LabHypervisors;
let image: LabImage;
let server: ImageServer;
let directory: string;
/** Those that no case is using. */
const free: Bench[] = [];
const waiting: ((bench: Bench) => void)[] = [];

/** One hypervisor with a project of its own, and what it has after each kind of run when none was killed. */
interface Bench {
  readonly hypervisor: LabHypervisor;
  readonly cwd: string;
  readonly port: number;
  readonly expected: Readonly<Record<Kind, Left>>;
}

/** As much of a life as a step needs, so that the run after it is short. */
const KINDS = {
  bare: { allowed_phases: ["startup", "main", "shutdown"] },
  clean: { allowed_phases: ["startup", "restore clean", "create clean", "main", "shutdown"] },
  cold: {
    allowed_phases: ["startup", "restore clean", "create clean", "main", "shutdown"],
    restore_mode: "cold",
  },
  full: {},
} as const;
type Kind = keyof typeof KINDS;

/** What is on a hypervisor when a run is over. */
interface Left {
  readonly domains: readonly string[];
  readonly files: readonly string[];
  readonly ports: readonly string[];
  /** Emulators and switches. */
  readonly programs: readonly string[];
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-killed-"));
  await chmod(directory, 0o755);
  lab = await startHypervisors(AT_ONCE);
  server = await imageServer();
  image = await tinyImage();
  server.on("/image.qcow2", serveFile(image.path));
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
  const leftBy = async (kind: Kind): Promise<Left> => {
    const result = await run({ cwd }, kind);
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(eventsOfType(result, "warning")).toEqual([]);
    return left(hypervisor);
  };
  const keep = (what: Beginning) =>
    hypervisor.as("cp", "-a", join(hypervisor.pool, "farm"), join(hypervisor.home, what));
  const bare = await leftBy("bare");
  await keep("images");
  const full = await leftBy("full");
  await keep("points");
  await begin(hypervisor, "points");
  await hypervisor.as(
    "sh",
    "-c",
    'rm -rf -- "$1"/init-* "$1"/dependencies-*',
    "sh",
    join(hypervisor.pool, "farm/points"),
  );
  await keep("clean");
  const clean = await left(hypervisor);
  const cold = {
    ...clean,
    files: clean.files.filter((path) => !/clean-.*\/(memory|domain\.xml)$/.test(path)),
  };
  return { hypervisor, cwd, port, expected: { bare, clean, cold, full } };
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
              kvm_probe: false,
            },
          },
        },
        vms: { vars: { project_id: "killed", phases_lookup_dir_path: "phases", connection_timeout: 60 } },
      },
    },
  };
  const vm = {
    metadata: {
      auth: { user: "root" },
      sources: [
        {
          before_provision: [
            { callback: "callbacks/note.yaml" },
            {
              callback: "fetch",
              src: `${server.url}/image.qcow2`,
              dest: "image",
              checksum: `sha256:${image.sha256}`,
            },
            { callback: "extend_and_convert", src: "image", dest: "root", size: "1G", partition_number: 1 },
            { callback: "setup_image", src: "root", inject: "credential", first_boot: "first-boot.sh" },
          ],
          on_provision: { src: "root", dest: "root" },
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
    "callbacks/note.yaml": "- command: 'true'\n",
    "first-boot.sh": "#!/bin/sh\necho first boot\n",
    "phases/dependencies.yaml": task("dependencies"),
    "phases/init.yaml": `- { command: echo begun, checkpoint: true }\n${task("init")}`,
    "phases/main.yaml": task("main"),
    "phases/terminate.yaml": task("terminate"),
  };
}

interface Deadly {
  readonly step: string;
  /** Of the killed run, and whether it uses what is there. */
  readonly kind: Kind;
  readonly fresh?: boolean;
}

const farmRun = (
  { cwd }: Pick<Bench, "cwd">,
  kind: Kind,
  more: readonly string[],
  failAt: string,
): Promise<FarmResult> =>
  farm(["run", "-i", "inventory.yaml", "--format", "json", "-e", JSON.stringify(KINDS[kind]), ...more], {
    cwd,
    home: lab.farmHome,
    env: { FARM_FAIL_AT: failAt },
  });
const run = (bench: Pick<Bench, "cwd">, kind: Kind): Promise<FarmResult> => farmRun(bench, kind, [], "");

async function kill(bench: Bench, { step, kind, fresh = false }: Deadly): Promise<void> {
  const { code, stdout } = await farmRun(bench, kind, fresh ? ["--fresh"] : [], step);
  expect(code, stdout).toBe(null);
}

async function left({ as, pool, user, domains }: LabHypervisor): Promise<Left> {
  const found = await as("find", join(pool, "farm"), "-printf", "%M %P\n");
  const running = await processesOf(user);
  const ofUser = new Set(running.map(String));
  const sockets = (await exec("ss", ["-Hlntup"])).stdout.split("\n");
  return {
    domains: await domains(),
    files: found
      .split("\n")
      .map((path) => path.replace(/-[0-9a-f]{16}-[0-9a-f]{8}(?=\/|$)/, "-*"))
      .sort(),
    ports: sockets.filter((line) => [...line.matchAll(/pid=(\d+)/g)].some(([, pid = ""]) => ofUser.has(pid))),
    programs: (await Promise.all(running.map(nameOf))).filter((name) => /^(qemu|vde_switch)/.test(name)),
  };
}

/** Empty for one that has ended meanwhile. */
const nameOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");

/** What there is when the run that is killed begins. */
type Beginning = "nothing" | "images" | "clean" | "points";

async function begin({ as, pool, home }: LabHypervisor, what: Beginning): Promise<void> {
  await as("rm", "-rf", join(pool, "farm"));
  if (what !== "nothing") await as("cp", "-a", join(home, what), join(pool, "farm"));
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

/**
 * What there is before, how the killed run and the next one live, and where it is killed: the next step begins where the one before it has
 * ended, which has a dot. What is left of a boot is looked at by a run that restores: it wants the same names, and is short.
 */
const STEPS: readonly (readonly [Beginning, killed: Kind, next: Kind, steps: readonly string[]])[] = [
  ["nothing", "bare", "bare", ["startup/callback.", "image/fetch.", "image/verify."]],
  [
    "images",
    "bare",
    "bare",
    ["image/leaf.", "image/grow", "startup/disks.", "startup/start.", "startup/grow."],
  ],
  [
    "points",
    "bare",
    "full",
    [
      "startup",
      "startup/lock.",
      "startup/record.",
      "startup/image.",
      "startup/switch.",
      "startup/define.",
      "startup/forward.",
      "startup/ssh.",
      "startup/set up.",
      "startup/first boot.",
    ],
  ],
  ["images", "clean", "clean", ["create clean/save.", "create clean/write.", "create clean."]],
  ["images", "cold", "cold", ["create clean/power off.", "create clean/save."]],
  [
    "clean",
    "full",
    "full",
    [
      "restore clean/restore.",
      "restore clean.",
      "dependencies/save.",
      "dependencies/write.",
      "init/save.",
      "init/write.",
      "create init/save.",
      "create init/write.",
      "create init.",
    ],
  ],
  [
    "points",
    "full",
    "full",
    [
      "restore init/disks.",
      "restore init/switch.",
      "restore init/restore.",
      "restore init/forward.",
      "restore init/ssh.",
      "restore init/wake up.",
      "main.",
      "terminate.",
      "shutdown/destroy.",
      "shutdown/files.",
      "shutdown.",
      "run/over.",
    ],
  ],
];
const CASES = STEPS.flatMap(([what, killed, next, steps]) =>
  steps.map((step): [string, Beginning, Kind, Kind] => [step, what, killed, next]),
);

test.concurrent.each([
  ["gc", "startup/disks."],
  ["gc", "startup/switch."],
  ["gc", "restore init/restore."],
  ["down", "startup/disks."],
  ["down", "startup/switch."],
  ["down", "restore init/restore."],
])("farm %s takes away what a farm has left that was killed in %s", async (verb, step) => {
  const bench = await take();
  try {
    const { hypervisor, cwd } = bench;
    await begin(hypervisor, "points");
    const boots = step.startsWith("startup");
    await kill(bench, { step, kind: boots ? "bare" : "full", fresh: boots });
    expect((await left(hypervisor)).programs.includes("vde_switch\n")).toBe(step !== "startup/disks.");

    const cleaned = await farm([verb, "-i", "inventory.yaml"], { cwd, home: lab.farmHome });
    expect(cleaned).toMatchObject({ code: 0, stderr: "" });
    expect(cleaned.stdout).toMatch(
      verb === "gc" ? /removed VM directory/ : /^removed one_amd64 from hypervisor$/m,
    );
    const { domains, files, ports, programs } = await left(hypervisor);
    expect({ domains, ports, programs }).toEqual({ domains: [], ports: [], programs: [] });
    expect(files.filter((path) => /^\S+ vms\/(?!.*\.lock$)|^\S+ vde\//.test(path))).toEqual([]);
  } finally {
    give(bench);
  }
});

test.concurrent.each(CASES)(
  "a farm that is killed in %s, which began with %s (%s): the next run (%s) needs no help and leaves what any other does",
  async (step, what, killed, next) => {
    const bench = await take();
    try {
      await begin(bench.hypervisor, what);
      await kill(bench, { step, kind: killed, fresh: killed !== next });

      const second = await run(bench, next);
      expect(second.code, second.stdout + second.stderr).toBe(0);
      const warnings = eventsOfType(second, "warning").map(({ message }) => message);
      expect(warnings.filter((message) => !/which died$|half-made restore point/.test(message))).toEqual([]);
      expect(eventsOfType(second, "forwarded").map(({ forwards }) => forwards[0]?.host)).toContain(
        bench.port,
      );
      expect(await left(bench.hypervisor)).toEqual(bench.expected[next]);
    } finally {
      give(bench);
    }
  },
);
