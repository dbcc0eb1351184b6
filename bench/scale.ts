import { execFile } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { planDocument, planJson } from "../src/commands/plan/plan-document.js";
import { inspectHypervisor } from "../src/libvirt/inspect/inspect.js";
import { loadProject } from "../src/project/project.js";
import { loadPhases, makePlan } from "../src/provision/plan/make-plan.js";
import type { Command, Shell } from "../src/transport/shell.js";
import { writeProject } from "../test/lab/farm.js";
import { inDirectory } from "./in-directory.js";
import { runTasksOf } from "./scale-run.js";
import { start } from "./start.js";

const USAGE = `Usage: bench/scale [--run] [--hypervisors N] [VMS...]

Plans farms of VMS (default 100 1000 10000) virtual machines on N (default 100) hypervisors, whose answers are recorded ones: reading the
project, understanding the answers, placing, defining, printing. Each in a process of its own; prints seconds, without and with Node's start, the processor's time of all threads, and the most memory.

--run then runs ten tasks in each VM (default 100 1000), whose shells answer at once: queues, tasks, events and logs are farm's own. What it takes is the controller's
work alone.
`;

/** The process of one farm is told by this. */
const ONE = "--one";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      hypervisors: { type: "string", default: "100" },
      one: { type: "boolean", default: false },
      run: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
    allowPositionals: true,
  });
  const hypervisors = Number(values.hypervisors);
  const sizes = (
    positionals.length > 0 ? positionals : ["100", "1000", ...(values.run ? [] : ["10000"])]
  ).map(Number);
  if (values.help || ![hypervisors, ...sizes].every((count) => Number.isInteger(count) && count > 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const own = fileURLToPath(import.meta.url);
  for (const size of sizes) {
    if (values.one) await planOne(size, hypervisors, values.run);
    else {
      const argv = [
        own,
        ONE,
        ...(values.run ? ["--run"] : []),
        "--hypervisors",
        String(hypervisors),
        String(size),
      ];
      process.stdout.write((await promisify(execFile)(process.execPath, argv)).stdout);
    }
  }
}

async function planOne(vms: number, hypervisors: number, runs: boolean): Promise<void> {
  await inDirectory(async (directory) => {
    await writeProject(directory, files(vms, hypervisors));
    const capabilities = await readFile(
      new URL("../../../test/fixtures/libvirt/capabilities-user.xml", import.meta.url),
      "utf8",
    );
    const start = performance.now();
    const project = await loadProject({
      inventory: "inventory.yaml",
      vars: [],
      extraVars: [],
      limit: undefined,
      cwd: directory,
    });
    const phases = await loadPhases(project);
    const read = performance.now();
    const states = await Promise.all(
      project.hypervisors.map(async ({ name, libvirtUri: uri }) => {
        const { state } = await inspectHypervisor(recorded(name, capabilities), { uri });
        return state;
      }),
    );
    const asked = performance.now();
    const plan = makePlan(project, phases, states);
    if (runs) {
      process.stdout.write(`${await runTasksOf(plan, project, states, join(directory, "run"))}\n`);
      return;
    }
    const placed = performance.now();
    const file = openSync(join(directory, "plan.json"), "w");
    for (const part of planJson(planDocument(plan, states))) writeSync(file, part);
    closeSync(file);
    const end = performance.now();
    const parts = { read: read - start, asked: asked - read, placed: placed - asked, printed: end - placed };
    const shown = Object.entries(parts).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(2)}`);
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const seconds = `${((end - start) / 1000).toFixed(2)} s (${shown.join(", ")})`;
    const whole = `${(end / 1000).toFixed(2)} s with Node's start`;
    const cpu = `${((userCPUTime + systemCPUTime) / 1e6).toFixed(2)} s of processor`;
    process.stdout.write(
      `${String(vms).padStart(6)} VMs on ${hypervisors} hypervisors: ${seconds}, ${whole}, ${cpu}, ${(maxRSS / 1024).toFixed(0)} MiB\n`,
    );
  });
}

/** Ten targets, and as many platforms as it takes. */
function files(vms: number, hypervisors: number): Record<string, string> {
  const targets = Array.from({ length: 10 }, (_, index) => `target${index}`);
  const platforms = Array.from({ length: Math.ceil(vms / 10) }, (_, index) => `platform${index}`);
  const hosts = Array.from({ length: hypervisors }, (_, index) => [
    `h${index}`,
    { ansible_connection: "local" },
  ]);
  const inventory = {
    all: {
      hosts: {
        localhost: { ansible_connection: "local", config: { permutations: { targets, platforms } } },
      },
      children: {
        hypervisors: { hosts: Object.fromEntries(hosts) },
        vms: { vars: { project_id: "scale", phases_lookup_dir_path: "phases" } },
      },
    },
  };
  const target = { vm: { arch: "x86_64", machine: "q35", vcpus: 1, ram: 512 } };
  const source = {
    before_provision: [{ callback: "fetch", src: "http://images/debian.qcow2", dest: "debian" }],
    on_provision: { src: "debian", dest: "root" },
  };
  const platform = { vm: { metadata: { sources: [source] }, disks: [{ src: "root", size: "10G" }] } };
  return {
    "inventory.yaml": JSON.stringify(inventory),
    ...Object.fromEntries(targets.map((name) => [`targets/${name}.yaml`, JSON.stringify(target)])),
    ...Object.fromEntries(platforms.map((name) => [`platforms/${name}.yaml`, JSON.stringify(platform)])),
    "phases/main.yaml": JSON.stringify(Array.from({ length: 10 }, () => ({ command: "true" }))),
  };
}

const ANSWERS: Readonly<Record<string, string>> = {
  environment: "HOME=/home/ci\nUSER=ci\nPATH=/bin\nXDG_RUNTIME_DIR=/run/user/1000",
  facts:
    "machine=x86_64\nkernel=6.1.0\nnode=lab\nuid=1000\nuser=ci\ncpus=64\nruntimeDir=/run/user/1000\nkvmDevice=absent",
  meminfo: "MemTotal: 268435456 kB\nMemAvailable: 260000000 kB",
  "os-release": 'ID=debian\nVERSION_ID="12"',
  "kvm-answers": "",
};

/** A hypervisor that answers the question that farm asks first. */
function recorded(name: string, capabilities: string): Shell {
  const unasked = () => Promise.reject(new Error(`'${name}' has no such answer`));
  return {
    name,
    run: async ({ argv }: Command) => {
      const mark = argv.at(-1);
      const sections = {
        ...ANSWERS,
        capabilities,
        exit: "0",
        version: "Running hypervisor: QEMU 7.2.22",
        domains: "",
        end: "",
      };
      const stdout = Object.entries(sections)
        .map(([title, text]) => `\n${mark} ${title}\n${text}\n`)
        .join("");
      return { code: 0, stdout, stderr: "" };
    },
    open: unasked,
    writeFile: unasked,
    connect: unasked,
    close: async () => undefined,
  };
}

start(main);
