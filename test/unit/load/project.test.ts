import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadProject } from "../../../src/load/project.js";
import { PHASES } from "../../../src/provision/life-cycle.js";
import { answered, complaint, first, load, newProject, SMALL } from "./project-files.js";

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

describe("what to build", () => {
  const inventory = (config: string) =>
    `all: { hosts: { localhost: { config: ${config} } }, children: { hypervisors: { hosts: { localhost: } } } }\n`;
  const files = {
    "targets/one.yaml": "vm: { arch: x86_64 }",
    "targets/two.yml": "vm: { arch: aarch64 }",
    "platforms/a.yaml": "vm: {}",
    "platforms/b.yaml": "vm: {}",
  };
  const names = async (config: string) =>
    (await load({ ...files, "inventory.yaml": inventory(config) })).vms.map(({ name }) => name);

  test("the product, then the list, each once", async () => {
    const config = `{ permutations: { targets: [one, two], platforms: [a] },
      list: [{ platform: b, target: two }, { platform: a, target: one }, { platform: b, target: two }] }`;
    expect(await names(config)).toEqual(["a_one", "a_two", "b_two"]);
  });

  test("expressions and group variables", async () => {
    const text = `all:
  vars: { wanted: [one, two], config: { permutations: { platforms: [a], targets: "{{ wanted }}" } } }
  children: { hypervisors: { hosts: { localhost: } } }
`;
    const project = await load({ ...files, "inventory.yaml": text });
    expect(project.vms.map(({ name }) => name)).toEqual(["a_one", "a_two"]);
  });

  test.each([
    ["{}", "'config' of localhost asks for no VM"],
    ["{ list: }", "'config' of localhost asks for no VM"],
    [
      "{ permutation: {} }",
      "inventory.yaml:1:40: unknown key 'permutation' in 'config' of localhost; did you mean 'permutations'?",
    ],
    [
      "{ permutations: { targets: [one] } }",
      "'permutations.platforms' of 'config' of localhost is missing: it must be a list",
    ],
    [
      "{ list: [{ platform: a, taget: one }] }",
      "inventory.yaml:1:62: unknown key 'taget' in 'list[0]' of 'config' of localhost; did you mean 'target'?",
    ],
    [
      "{ list: [{ platform: [a], target: one }] }",
      "inventory.yaml:1:49: 'list[0].platform' of 'config' of localhost must be a text, got a list",
    ],
    ["{ list: [{ platform: '{{ nope }}', target: one }] }", "undefined variable 'nope'"],
    [
      "{ list: [{ platform: aa, target: one }] }",
      "inventory.yaml:1:49: there is no platform 'aa'; did you mean 'a'?",
    ],
    ["{ list: [{ platform: ../a, target: one }] }", `"../a" cannot be a platform's name`],
    ['{ list: [{ platform: a, target: "x\\ny" }] }', String.raw`"x\ny" cannot be a target's name`],
    [
      "{ list: [{ platform: a, target: one, template: x }, { platform: a, target: one }] }",
      "two VMs are named 'a_one': a on one (inventory.yaml:1:49) and a on one (inventory.yaml:1:92)",
    ],
  ])("%s is refused", async (config, message) => {
    expect(await complaint({ ...files, "inventory.yaml": inventory(config) })).toContain(message);
  });

  test("no config at all", async () => {
    const text = "all:\n  hosts: { localhost: }\n  children: { hypervisors: { hosts: { localhost: } } }\n";
    expect(await complaint({ "inventory.yaml": text })).toContain(
      "inventory.yaml:2:12: localhost has no variable 'config': nothing says which VMs to build\n  hint: write `config:",
    );
  });
});

describe("hypervisors", () => {
  const withHypervisors = (group: string) =>
    `all: { hosts: { localhost: { config: { list: [{ platform: deb, target: pc }] } } }, children: { ${group} } }\n`;
  const hosts = async (group: string, extraVars: string[] = []) =>
    (await load({ "inventory.yaml": withHypervisors(group) }, { extraVars })).hypervisors;

  test("localhost is this machine", async () => {
    expect(await hosts("hypervisors: { hosts: { localhost: } }")).toMatchObject([
      { name: "localhost", connection: "local", libvirtUri: "qemu:///session", kvmProbe: true },
    ]);
  });

  test("variables, old spellings, texts from the command line, children", async () => {
    const group = `hypervisors: { children: { lab: { hosts: { 'h[1:2]': { ansible_ssh_host: 10.0.0.1, ansible_ssh_port: '2222',
      ansible_ssh_user: u, ansible_ssh_private_key_file: ~/k, ansible_libvirt_uri: 'qemu:///{{ mode }}', mode: system,
      ansible_become: yes, ansible_become_method: doas, connection_timeout: 7 } } } } }`;
    const found = await hosts(group, ["max_vms=3 kvm_probe=no"]);
    expect(found.map(({ name }) => name)).toEqual(["h1", "h2"]);
    expect(found[0]).toMatchObject({
      connection: "ssh",
      host: "10.0.0.1",
      port: 2222,
      user: "u",
      privateKeyFile: "~/k",
      libvirtUri: "qemu:///system",
      become: { user: "root", method: "doas" },
      connectTimeoutMs: 7000,
      maxVms: 3,
      kvmProbe: false,
    });
  });

  test.each([
    [
      "hypervisor: { hosts: { localhost: } }",
      "inventory.yaml:1:1: no hypervisor group; did you mean 'hypervisor'?: nothing says where VMs shall run",
    ],
    ["hypervisors: {}", "group 'hypervisors' has no hosts"],
    ["hypervisors: { hosts: { h: { ansible_port: ssh } } }", "'ansible_port' of hypervisor 'h' must be"],
    [
      "hypervisors: { hosts: { h: { ansible_port: 70000 } } }",
      "'ansible_port' of hypervisor 'h' is too big: at most 65535",
    ],
    [
      "hypervisors: { hosts: { h: { ansible_connection: winrm } } }",
      "'ansible_connection' of hypervisor 'h' must be one of 'ssh'",
    ],
    ["hypervisors: { hosts: { h: { max_vms: 0 } } }", "'max_vms' of hypervisor 'h' is too small: at least 1"],
    ["hypervisors: { hosts: { h: { ansible_user: '{{ who }}' } } }", "undefined variable 'who'"],
  ])("%s is refused", async (group, message) => {
    expect(await complaint({ "inventory.yaml": withHypervisors(group) })).toContain(message);
  });
});

describe("settings", () => {
  test("texts of the command line become what they mean", async () => {
    const { settings } = first(
      await load(
        {},
        {
          extraVars: [
            "connection_timeout=300 project_revision=7 allowed_phases=startup,main,shutdown project_id=p",
          ],
        },
      ),
    );
    expect(settings).toMatchObject({
      connectionTimeout: 300,
      projectRevision: "7",
      projectId: "p",
      allowedPhases: ["startup", "main", "shutdown"],
    });
  });

  test("a project is named after its directory", async () => {
    const cwd = await newProject(SMALL);
    await mkdir(join(cwd, "inventories"));
    const { directory, projectId } = await loadProject({
      inventory: "inventory.yaml",
      vars: [],
      extraVars: [],
      cwd,
    });
    expect([directory, projectId]).toEqual([cwd, basename(cwd)]);
  });

  test.each([
    [
      "allowed_phases: [startup, mian]",
      "group_vars/vms.yml:1:27: 'allowed_phases[1]' of the VMs' variables must be one of 'startup'",
    ],
    [
      "connection_timeout: soon",
      `group_vars/vms.yml:1:1: 'connection_timeout' of the VMs' variables must be a number, got the text "soon"`,
    ],
    ["snapshot_type: extern", "did you mean 'external'?"],
    [
      "ansible_group_priority: 3",
      "group_vars/vms.yml:1:1: ansible_group_priority has an effect in the inventory file only",
    ],
    ["- a", "group_vars/vms.yml:1:1: variables are a mapping of NAME: VALUE, got a list"],
    ["a: 1\na: 2", "group_vars/vms.yml:2:1: this key is given twice in one mapping"],
    ["a:\n\t- b", "a tab is used to indent"],
    ["a: !python/object x", "unknown YAML tag"],
  ])("%s is refused", async (text, message) => {
    expect(await complaint({ "group_vars/vms.yml": `${text}\n` })).toContain(message);
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
