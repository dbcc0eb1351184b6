import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { PHASES } from "../../../src/phases.js";
import { loadProject } from "../../../src/project/project.js";
import { answered, complaint, first, load, newProject, SMALL } from "../load/project-files.js";

const seed = fileURLToPath(new URL("../../fixtures/seed/inventory.yaml", import.meta.url));

describe("the seed's inventory", () => {
  const loadSeed = async () => {
    const cwd = await newProject({ "hosts.yaml": await readFile(seed, "utf8") });
    return loadProject({ inventory: "hosts.yaml", vars: [], extraVars: [], cwd });
  };

  test("loads unchanged, with the definitions that farm ships", async () => {
    const project = await loadSeed();
    expect(project.projectId).toBe("example_04");
    expect(project.hypervisors).toMatchObject([
      {
        name: "notebook_amd64",
        connection: "ssh",
        host: "nb-jacopo.lan",
        user: "user",
        libvirtUri: "qemu:///session",
        kvmProbe: true,
      },
      { name: "rpi_4_arm64", connection: "ssh", host: "192.168.1.200", user: "pi" },
    ]);
    expect(project.vms.map(({ name }) => name)).toEqual([
      "debian_12_amd64",
      "debian_12_arm64",
      "debian_12_ppc64",
      "Arch-Linux_amd64",
    ]);
    expect(project.vms.map(({ settings }) => settings.snapshotType)).toEqual([
      "internal",
      "external",
      "internal",
      "internal",
    ]);
    const { settings, scope } = first(project);
    expect(settings).toMatchObject({
      projectId: "example_04",
      projectRevision: "0",
      connectionTimeout: 120,
      privateKeyFile: "~/.ssh/id_ssh_rsa_vm",
    });
    expect([...settings.allowedPhases].sort()).toEqual([...PHASES].sort());
    expect(scope.get("wait_until_port_reachable")).toBeUndefined();
    expect(project.vms[3]?.scope.get("wait_until_port_reachable")).toBe(true);
  });
});

test("what was asked for by --limit is left", async () => {
  expect(await complaint({}, { limit: "debb" })).toContain(
    "no VM or group matches 'debb'; did you mean 'deb'?",
  );
  expect((await load({}, { limit: "pc" })).vms).toHaveLength(1);
});

test("an inventory in inventories/ belongs to the project above", async () => {
  const cwd = await newProject({
    ...SMALL,
    "inventories/i.yaml": SMALL["inventory.yaml"] ?? "",
    "inventories/host_vars/deb_pc.yml": "x: 1\n",
  });
  const project = await loadProject({ inventory: "inventories/i.yaml", vars: [], extraVars: [], cwd });
  expect(project.directory).toBe(cwd);
  expect(first(project).scope.get("x")).toBe(1);
});

test("a missing inventory", async () => {
  expect(await complaint({}, { inventory: "none.yaml" })).toMatch(/cannot read .*none\.yaml: no such file$/);
});

test("mistakes in several places are told at once, each once", async () => {
  const said = await complaint({
    "inventory.yaml": `all:
  hosts: { localhost: { config: { permutations: { platforms: [deb], targets: [pc, pd, pe] } } } }
  children: { hypervisors: { hosts: { h: { ansible_port: x } } }, vms: { vars: { snapshot_type: odd } } }
`,
    "platforms/deb.yaml": "vm: { vcpu: 3 }\n",
  });
  const lines = said.split("\n").filter((line) => !line.startsWith("  hint"));
  expect(lines).toHaveLength(5);
  expect(lines).toEqual([
    expect.stringContaining("'snapshot_type' of the VMs' variables"),
    expect.stringContaining("'ansible_port' of hypervisor 'h'"),
    expect.stringContaining(
      "platforms/deb.yaml:1:7: unknown key 'vcpu' in 'vm' of platform 'deb'; did you mean 'vcpus'?",
    ),
    expect.stringContaining("inventory.yaml:2:83: there is no target 'pd'"),
    expect.stringContaining("inventory.yaml:2:87: there is no target 'pe'"),
  ]);
});

test("the libvirt URI of a VM is its hypervisor's", async () => {
  const project = await load({
    "inventory.yaml": `all: { hosts: { localhost: { config: { list: [{ platform: deb, target: pc }] } } },
  children: { hypervisors: { hosts: { a: { ansible_libvirt_uri: 'qemu:///system' }, b: } } } }\n`,
  });
  const uri = (name: string) => first(project).define(answered({}, name), "qemu").metadata.connection;
  expect([uri("a"), uri("b")]).toEqual(["qemu:///system", "qemu:///session"]);
});
