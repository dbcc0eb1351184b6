import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOfType, type FarmResult, farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { nameOf, processesOf } from "../lab/processes.js";
import { tinyProject } from "../lab/tiny-project.js";

let lab: LabHypervisors;
let server: ImageServer;
let cwd: string;
let image: { readonly url: string; readonly sha256: string };

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  image = { url: `${server.url}/tiny.qcow2`, sha256 };
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

/** Both VMs see the switch by their second card; each writes what the other has sent. */
const MAIN = `- shell: |
    ip link set eth1 up
    ip addr add 10.77.0.{{ number }}/24 dev eth1
    echo "I am {{ number }}" > /tmp/hello
    (while :; do nc -l -p 7777 < /tmp/hello; touch /tmp/served; done) > /dev/null 2>&1 < /dev/null &
- name: Other
  shell: nc -w 5 10.77.0.{{ 3 - (number | int) }} 7777 < /dev/null
  register: other
  until: other.rc == 0 and 'I am' in other.stdout
  retries: 100
  delay: 1
- name: Stay until the other has read
  command: test -e /tmp/served
  register: served
  until: served.rc == 0
  retries: 100
  delay: 1
- debug: { var: forwards }
`;

const run = (...options: string[]): Promise<FarmResult> =>
  farm(["run", "-i", "inventory.yaml", "--format", "json", ...options], { cwd, home: lab.farmHome });

test("two guests meet on a VDE switch that farm starts and ends, by XML of the user's own and with ports forwarded", async () => {
  const [hypervisor] = lab.hypervisors;
  if (!hypervisor) throw new Error("no hypervisor");
  const files = tinyProject({ lab, image, platforms: ["one", "two"], phases: { main: MAIN } });
  const net = "net: { type: vde, source: lab, forwards: [80, { guest: 53, protocol: udp }] }";
  await writeProject(cwd, {
    ...files,
    "targets/amd64.yaml": `vm: { arch: x86_64, machine: q35, vcpus: 1, ram: 256, note: "<&>", ${net} }\n`,
    "group_vars/one.yaml": "number: 1\n",
    "group_vars/two.yaml": "number: 2\n",
    "templates/default.xml.j2": `<domain type="{{ vm.virt_domain }}">
  <description>{{ vm.note }}</description>
  {% for part in ["memory", "vcpu", "sysinfo", "os", "features", "cpu", "clock"] if part in farm.xml %}{{ farm.xml[part] | safe }}{% endfor %}
  <devices>{{ farm.xml.devices | safe }}</devices>
  {{ farm.xml["qemu:commandline"] | safe }}
</domain>`,
  });
  const result = await run();
  expect(result.code, result.stdout + result.stderr).toBe(0);
  const said = eventsOfType(result, "task-ended")
    .filter(({ task }) => task === "Other")
    .map(({ vm, result: { stdout } }) => [vm, stdout]);
  expect(said.sort()).toEqual([
    ["one_amd64", "I am 2"],
    ["two_amd64", "I am 1"],
  ]);
  for (const { forwards } of eventsOfType(result, "forwarded"))
    expect(forwards).toEqual([
      { guest: 80, protocol: "tcp", address: "127.0.0.1", host: expect.any(Number) },
      { guest: 53, protocol: "udp", address: "127.0.0.1", host: expect.any(Number) },
    ]);
  await expectNothingLeft(hypervisor);
  const programs = await Promise.all((await processesOf(hypervisor.user)).map(nameOf));
  expect(programs).not.toContain("vde_switch");
});
