import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { faultyVirsh } from "../lab/faulty-virsh.js";
import { tinyImage } from "../lab/images.js";
import {
  noSystemHypervisor,
  type SystemHypervisor,
  startSystemHypervisor,
} from "../lab/system-hypervisor.js";
import { startTerminal } from "../lab/terminal.js";

if (noSystemHypervisor !== undefined)
  process.stderr.write(`skipped: guests on libvirt's networks, on bridges and taps: ${noSystemHypervisor}\n`);

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** By the VMs' platforms: what each is on, and the addresses that it may get there. */
const NETS = {
  fixed: { net: "{ type: network, source: lab, ip: 10.91.0.20 }", address: /^10\.91\.0\.20\/24$/ },
  leased: { net: "{ type: network, source: other }", address: /^10\.\d+\.\d+\.\d+\/24$/ },
  bridged: { net: "{ type: bridge, source: br0 }", address: /^10\.92\.0\.5\d\/24$/ },
  tapped: { net: "{ type: ethernet, source: tap0 }", address: /^10\.93\.0\.5\d\/24$/ },
} as const;

/** A bridge into a network whose DHCP server is another machine's, and a tap device that an administrator has made. */
const WIRES = `ip link add br0 type bridge && ip addr add 10.92.0.1/24 dev br0 && ip link set br0 up
ip netns add lan && ip link add lan0 type veth peer name lan netns lan && ip link set lan0 master br0 up
ip -n lan addr add 10.92.0.2/24 dev lan && ip -n lan link set lan up
ip tuntap add tap0 mode tap user libvirt-qemu && ip addr add 10.93.0.1/24 dev tap0 && ip link set tap0 up
dhcp="dnsmasq --conf-file=/dev/null --port=0 --user=root --bind-interfaces --pid-file="
ip netns exec lan $dhcp --dhcp-leasefile=/run/lan.leases --interface=lan --dhcp-range=10.92.0.50,10.92.0.59
$dhcp --dhcp-leasefile=/run/tap.leases --interface=tap0 --dhcp-range=10.93.0.50,10.93.0.59`;

const platform = (image: string, net: string) => `vm:
  vcpus: 1
  ram: 256
  virt_domain: qemu
  net: ${net}
  metadata:
    auth: { user: root }
    sources:
      - before_provision:
          - { callback: fetch, src: "${image}", dest: tiny.qcow2 }
          - { callback: setup_image, src: tiny.qcow2, inject: credential }
        on_provision: { src: tiny.qcow2, dest: tiny.qcow2 }
  disks: [{ src: tiny.qcow2 }]
`;

describe.skipIf(noSystemHypervisor !== undefined)("guests with addresses of their own", () => {
  let hypervisor: SystemHypervisor;
  let cwd: string;
  /** Where a virsh lies in whose midst something can die. */
  let faulty: string;

  beforeAll(async () => {
    hypervisor = await startSystemHypervisor();
    hypervisor.run(WIRES);
    const { path } = await tinyImage();
    cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
    faulty = await faultyVirsh(cwd);
    await writeProject(cwd, {
      "inventory.yaml": `all:
  hosts:
    localhost:
      ansible_connection: local
      ansible_libvirt_uri: qemu:///system
      kvm_probe: false
      config: { permutations: { targets: [amd64], platforms: [${Object.keys(NETS).join(", ")}] } }
  children:
    hypervisors: { hosts: { localhost } }
    vms: { vars: { project_id: networks, phases_lookup_dir_path: phases, connection_timeout: 60 } }
`,
      "templates/networks/lab.xml.j2": `<network>{% for part in ["forward", "bridge"] %}{{ farm.xml[part] | safe }}{% endfor %}
<dns><host ip="10.91.0.1"><hostname>{{ project_id }}.lab</hostname></host></dns>{{ farm.xml.ip | safe }}</network>
`,
      "phases/main.yaml": `- name: Address
  shell: ip -o -4 addr show dev eth0 | awk '{ print $4 }'
`,
      ...Object.fromEntries(
        Object.entries(NETS).map(([name, { net }]) => [`platforms/${name}.yaml`, platform(path, net)]),
      ),
    });
  });
  afterAll(async () => {
    await hypervisor?.stop();
    await rm(cwd, { recursive: true, force: true });
  });

  const inFarm = (verb: string, options: readonly string[] = [], env: Record<string, string> = {}) =>
    farm([verb, "-i", "inventory.yaml", "--format", "json", ...options], {
      cwd,
      home: join(cwd, "home"),
      enter: hypervisor.enter,
      env,
    });
  const run = (...options: string[]): Promise<FarmResult> => inFarm("run", options);

  test("are found on libvirt's networks, which farm makes, on a bridge and on a tap, and logged in to", async () => {
    const result = await run();
    expect(result.code, result.stdout + result.stderr).toBe(0);
    const said = Object.fromEntries(
      eventsOfType(result, "task-ended").map(({ vm, result: { stdout } }) => [vm, stdout]),
    );
    for (const [name, { address }] of Object.entries(NETS)) expect(said[`${name}_amd64`]).toMatch(address);
    const left = hypervisor.run(
      "virsh -q list --all --name; virsh -q net-list --name; virsh -q net-dumpxml lab",
    );
    expect(left).toMatch(/^\n?lab\s+other\s+<network>/);
    expect(left).toContain("<hostname>networks.lab</hostname>");
    expect(left).not.toContain("<host mac");
  });

  test("a guest that goes on where it was has its address, and the network that it was on is started again", async () => {
    hypervisor.run("virsh -q net-destroy lab");
    const result = await run("--limit", "fixed_amd64");
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(eventsOfType(result, "step-ended").map(({ step }) => step)).toContain("restore");
    expect(eventsOfType(result, "task-ended")[0]?.result.stdout).toMatch(NETS.fixed.address);
  });

  /** What the guest says there is shown, as the user that farm is on the hypervisor and as another one. */
  async function seeConsole(name: string, ...options: string[]): Promise<void> {
    const argv = ["console", name, "-i", "inventory.yaml", ...options];
    const terminal = await startTerminal({
      ...{ columns: 80, rows: 24, cwd },
      argv: [...hypervisor.enter, "sh", "-c", 'cd "$1" && shift && "$@"; echo "exit $?"; exec cat', "sh", cwd]
        .concat(process.execPath, cli)
        .concat(argv),
      env: { HOME: join(cwd, "home"), XDG_STATE_HOME: "", XDG_DATA_HOME: "", SSH_AUTH_SOCK: "" },
    });
    try {
      await terminal.until(/its console; \^\] leaves it/);
      await expect
        .poll(
          async () => {
            const said = await farm(["ssh", name, "-i", "inventory.yaml", "--", "echo said >/dev/ttyS0"], {
              cwd,
              home: join(cwd, "home"),
              enter: hypervisor.enter,
            });
            expect(said.code, said.stderr).toBe(0);
            return terminal.screen();
          },
          { timeout: 300_000 },
        )
        .toMatch(/^said$/m);
      await terminal.press("C-]");
      await terminal.until(/^exit 0$/m);
    } finally {
      await terminal.close();
    }
  }

  const addressesOf = (result: FarmResult): string[] =>
    eventsOfType(result, "task-ended").map(({ vm, result: { stdout } }) => `${vm} ${stdout}`);
  const TWO = ["--limit", "fixed_amd64,bridged_amd64", "--keep"] as const;

  test("guests that stay have consoles; instances beside them on a network and on a bridge boot from the same points, and get addresses of their own", async () => {
    const first = await run(...TWO);
    expect(first.code, first.stdout + first.stderr).toBe(0);
    await seeConsole("fixed_amd64");
    await seeConsole("bridged_amd64", "-e", "ansible_become=true");
    const beside = await run(...TWO, "--instance", "b");
    expect(beside.code, beside.stdout + beside.stderr).toBe(0);
    expect(eventsOfType(beside, "warning")).toEqual([]);
    const restored = eventsOfType(beside, "step-ended").filter(({ phase }) => phase === "restore clean");
    expect(restored.map(({ step }) => step)).toEqual(expect.arrayContaining(["disks", "define", "start"]));
    expect(restored.map(({ step }) => step)).not.toContain("restore");
    const all = [...addressesOf(first), ...addressesOf(beside)].sort();
    expect(all).toEqual([
      expect.stringMatching(/^bridged_amd64 10\.92\.0\.5\d\/24$/),
      expect.stringMatching(/^bridged_amd64 10\.92\.0\.5\d\/24$/),
      expect.stringMatching(/^fixed_amd64 10\.91\.0\.\d+\/24$/),
      expect.stringMatching(/^fixed_amd64 10\.91\.0\.\d+\/24$/),
    ]);
    expect(new Set(all).size).toBe(4);
    expect(addressesOf(first)).toContain("fixed_amd64 10.91.0.20/24");
    const down = await inFarm("down", ["--all-instances"]);
    expect(down.code, down.stdout + down.stderr).toBe(0);
    expect(hypervisor.run("virsh -q list --all --name; ls /var/lib/libvirt/images/farm/vms")).not.toMatch(
      /^(?!.*\.lock$).+$/m,
    );
  });

  test.each(["restore clean/network", "restore clean/network."])(
    "a farm that is killed in %s: the next run finds the guest where it was, and leaves no entry of its own on the network",
    async (step) => {
      hypervisor.run("virsh -q net-destroy lab");
      const killed = await inFarm("run", ["--limit", "fixed_amd64"], { FARM_FAIL_AT: step });
      expect(killed.code, killed.stdout).not.toBe(0);
      expect(eventsOfType(killed, "run-ended")).toEqual([]);
      const second = await run("--limit", "fixed_amd64");
      expect(second.code, second.stdout + second.stderr).toBe(0);
      expect(addressesOf(second)).toEqual(["fixed_amd64 10.91.0.20/24"]);
      const left = "virsh -q list --all --name; virsh -q net-list --name; virsh -q net-dumpxml lab";
      expect(hypervisor.run(left)).toMatch(/^\n?lab\s+other\s+<network>/);
      expect(hypervisor.run(left)).not.toContain("<host mac");
    },
  );

  /** Ends libvirt's daemon in the midst of what virsh does in a run. */
  async function runWithoutDaemon(command: string, ...options: string[]): Promise<FarmResult> {
    const home = join(cwd, "home");
    await mkdir(home, { recursive: true });
    await rm(join(home, "fault-done"), { force: true });
    await writeFile(join(home, "fault"), `${command} daemon /var/lib/libvirt/images\n`);
    const result = await inFarm("run", ["--limit", "fixed_amd64", ...options], {
      PATH: `${faulty}:${process.env["PATH"]}`,
    });
    expect(result.code, result.stdout + result.stderr).toBe(0);
    const done = await readFile(join(home, "fault-done"), "utf8").catch(() => "nothing");
    expect(done, result.stdout + result.stderr).toMatch(/\d/);
    return result;
  }

  test("the system's daemon dies while a guest is saved, and while it is restored: no run needs help, and nothing of it stays", async () => {
    const saving = await runWithoutDaemon("snapshot-create", "--fresh");
    expect(saving.stdout).toMatch(/there is no restore point 'clean': cannot save/);
    expect(eventsOfType(await run("--limit", "fixed_amd64"), "warning")).toEqual([]);
    const restoring = await runWithoutDaemon("restore");
    expect(addressesOf(restoring)).toEqual(["fixed_amd64 10.91.0.20/24"]);
    const last = await run("--limit", "fixed_amd64");
    expect(last.code, last.stdout + last.stderr).toBe(0);
    expect(eventsOfType(last, "warning")).toEqual([]);
    expect(eventsOfType(last, "step-ended").map(({ step }) => step)).toContain("restore");
    const farms = "/var/lib/libvirt/images/farm";
    const left = `virsh -q list --all --name; pgrep -x qemu-system-x86 || true
      ls ${farms}/vms | grep -v '[.]lock$' || true; ls ${farms}/points | grep '[.]part-' || true`;
    expect(hypervisor.run(left).trim()).toBe("");
  });
});
