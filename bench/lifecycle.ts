import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { eventsOfType, type FarmResult, farm, writeProject } from "../test/lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../test/lab/hypervisors.js";
import { imageServer, serveFile } from "../test/lab/image-server.js";
import { debianImage } from "../test/lab/images.js";
import { runProgram } from "./contenders.js";
import { barChart } from "./plot.js";
import { start } from "./start.js";

const USAGE = `Usage: bench/lifecycle [--warm N] [--cold N] [--plan N] [--plot FILE] [--events DIRECTORY]

Runs two Debian guests on two hypervisors of this machine, 13 small tasks each, and compares farm with bench/floor, taking turns:
N warm runs (default 5; restored, 8 tasks are left) and N cold ones (default 5; image fetched, booted), then N plans (default 5) of four VMs
on the two hypervisors. Prints medians. Only root can; 0 leaves out.
--plot writes them as an SVG, --events keeps the events of farm's runs: where their time went.
`;

const COMMANDS = {
  dependencies: ["uname -a", "id", "cat /etc/os-release", "df /"],
  init: ["ls /usr"],
  main: ["true", "date", "hostname", "ls /", "cat /proc/meminfo", "mount", "env"],
  terminate: ["sync"],
};
const WARM = [...COMMANDS.main, ...COMMANDS.terminate];
const ALL = [...COMMANDS.dependencies, ...COMMANDS.init, ...WARM];
const VMS = ["one", "two"];
const PLANNED = [...VMS, "three", "four"];

const floor = fileURLToPath(new URL("../../floor", import.meta.url));

/** Seconds. */
interface Figures {
  readonly farm: number[];
  readonly floor: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      warm: { type: "string", default: "5" },
      cold: { type: "string", default: "5" },
      plan: { type: "string", default: "5" },
      plot: { type: "string" },
      events: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [warm, cold, plan] = [Number(values.warm), Number(values.cold), Number(values.plan)];
  if (values.help || ![warm, cold, plan].every((count) => Number.isInteger(count) && count >= 0)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const bench = await Bench.start(values.events);
  try {
    const figures = { ...(await bench.compare(warm, cold)), plan: await bench.plans(plan) };
    for (const [name, each] of Object.entries(figures)) if (each.farm.length > 0) print(name, each);
    if (values.plot !== undefined) await writeFile(values.plot, plotOf(figures));
  } finally {
    await bench.stop();
  }
}

/** The two hypervisors, the project, and what the floor needs to know of both. */
class Bench {
  #runs = 0;

  private constructor(
    private readonly lab: LabHypervisors,
    private readonly directory: string,
    private readonly url: string,
    private readonly stopServer: () => Promise<void>,
    private readonly events: string | undefined,
  ) {}

  static async start(events?: string): Promise<Bench> {
    const { path, sha256 } = await debianImage();
    const lab = await startHypervisors(2);
    const server = await imageServer();
    server.on("/debian.qcow2", serveFile(path));
    const directory = await mkdtemp(join(tmpdir(), "farm-bench-"));
    const bench = new Bench(lab, directory, `${server.url}/debian.qcow2`, () => server.close(), events);
    await writeProject(join(directory, "project"), bench.#project(sha256));
    await writeFile(join(directory, "ssh_config"), bench.#sshConfig());
    for (const [name, commands] of Object.entries({ warm: WARM, cold: ALL }))
      await writeFile(join(directory, name), `${commands.join("\n")}\n`);
    return bench;
  }

  async stop(): Promise<void> {
    await this.stopServer();
    await this.lab.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Of four VMs; the first one makes libvirt examine QEMU, and is not counted. */
  async plans(count: number): Promise<Figures> {
    const times: number[] = [];
    for (let done = 0; done < count + 1 && count > 0; done += 1)
      times.push(await timed(() => this.#farm("plan", "four.yaml")));
    return { farm: times.slice(1), floor: [] };
  }

  async compare(warm: number, cold: number): Promise<Record<"cold" | "warm", Figures>> {
    const colds: Figures = { farm: [], floor: [] };
    const warms: Figures = { farm: [], floor: [] };
    for (let done = 0; done < cold; done += 1) {
      await Promise.all(
        this.lab.hypervisors.map(({ pool }) => rm(join(pool, "farm"), { recursive: true, force: true })),
      );
      // libvirt examines QEMU for many seconds when it is started: not part of either.
      await Promise.all(
        this.lab.hypervisors.map(({ as }) => as("virsh", "-q", "-c", "qemu:///session", "capabilities")),
      );
      colds.farm.push(await timed(() => this.#run()));
      colds.floor.push(await timed(() => this.#floor("cold")));
    }
    for (let done = 0; done < warm; done += 1) {
      warms.farm.push(await timed(() => this.#run()));
      warms.floor.push(await timed(() => this.#floor("warm")));
    }
    return { cold: colds, warm: warms };
  }

  async #run(): Promise<void> {
    const result = await this.#farm("run");
    const phases = eventsOfType(result, "phase-ended").filter(({ phase }) => phase === "restore init");
    this.#runs += 1;
    if (this.events !== undefined)
      await writeFile(join(this.events, `run-${this.#runs}.jsonl`), result.stdout);
    process.stderr.write(`farm run: ${phases.length} of ${VMS.length} restored\n`);
  }

  async #farm(verb: string, inventory: string = "inventory.yaml"): Promise<FarmResult> {
    const where = { cwd: join(this.directory, "project"), home: this.lab.farmHome };
    const result = await farm([verb, "-i", inventory, "--format", "json"], where);
    if (result.code !== 0)
      throw new Error(
        `farm ${verb} ended with ${result.code}\n${result.stderr}${result.stdout.slice(-2000)}`,
      );
    return result;
  }

  async #floor(mode: "warm" | "cold"): Promise<void> {
    const vms = await Promise.all(
      this.lab.hypervisors.map(async ({ pool }, index) => {
        const points = join(pool, "farm/points");
        const point = (await readdir(points)).find((name) =>
          name.startsWith(mode === "warm" ? "init-" : "clean-"),
        );
        return `hypervisor${index + 1}:${join(points, point ?? "none")}`;
      }),
    );
    const key = join(this.lab.farmHome, ".local/share/farm/id_ed25519");
    await runProgram(floor, [
      mode,
      join(this.directory, "ssh_config"),
      key,
      this.url,
      join(this.directory, mode),
      ...vms,
    ]);
  }

  #project(sha256: string): Record<string, string> {
    const { lab } = this;
    const hosts = lab.hypervisors.map(({ user }, index) => [
      `hypervisor${index + 1}`,
      {
        ansible_host: "127.0.0.1",
        ansible_port: lab.port,
        ansible_user: user,
        ansible_ssh_private_key_file: lab.clientKeyPath,
        max_vms: 1,
      },
    ]);
    const inventory = (vms: readonly string[]) => ({
      all: {
        hosts: {
          localhost: {
            ansible_connection: "local",
            config: { list: vms.map((platform) => ({ platform, target: "amd64" })) },
          },
        },
        children: {
          hypervisors: { hosts: Object.fromEntries(hosts) },
          vms: { vars: { project_id: "bench", phases_lookup_dir_path: "phases" } },
        },
      },
    });
    const source = {
      before_provision: [
        { callback: "fetch", src: this.url, dest: "debian", checksum: `sha256:${sha256}` },
        { callback: "setup_image", src: "debian", inject: "credential" },
      ],
      on_provision: { src: "debian", dest: "root" },
    };
    const platform = {
      vm: { metadata: { auth: { user: "root" }, sources: [source] }, disks: [{ src: "root" }] },
    };
    const phases = Object.entries(COMMANDS).map(([phase, commands]) => [
      `phases/${phase}.yaml`,
      JSON.stringify(commands.map((command) => ({ command }))),
    ]);
    return {
      "inventory.yaml": JSON.stringify(inventory(VMS)),
      "four.yaml": JSON.stringify(inventory(PLANNED)),
      "targets/amd64.yaml": "vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 768 }\n",
      ...Object.fromEntries(PLANNED.map((name) => [`platforms/${name}.yaml`, JSON.stringify(platform)])),
      ...Object.fromEntries(phases),
    };
  }

  #sshConfig(): string {
    const { lab } = this;
    return lab.hypervisors
      .map(
        ({ user }, index) => `Host hypervisor${index + 1}
  HostName 127.0.0.1
  Port ${lab.port}
  User ${user}
  IdentityFile ${lab.clientKeyPath}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(lab.farmHome, ".ssh/known_hosts")}
`,
      )
      .join("");
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

function print(name: string, { farm: ours, floor: theirs }: Figures): void {
  const times = (values: readonly number[]) =>
    `${median(values).toFixed(2)} s (${values.map((value) => value.toFixed(2)).join(" ")})`;
  const ratio =
    theirs.length > 0 ? `  floor ${times(theirs)}  ratio ${(median(ours) / median(theirs)).toFixed(2)}` : "";
  process.stdout.write(`${name.padEnd(6)}farm ${times(ours)}${ratio}\n`);
}

/** ansible_farm's figures are those of its own run of the same on such a machine. */
const plotOf = ({ cold, warm }: Record<"cold" | "warm", Figures>): string =>
  barChart("Two Debian 12 guests, 13 small tasks each: seconds", [
    { name: "warm, by hand", value: median(warm.floor) },
    { name: "warm, farm", value: median(warm.farm) },
    { name: "warm, ansible_farm", value: 111 },
    { name: "cold, by hand", value: median(cold.floor) },
    { name: "cold, farm", value: median(cold.farm) },
    { name: "cold, ansible_farm", value: 215 },
  ]);

start(main);
