import { expect, test } from "vitest";
import { asFarmError, describeError } from "../../../src/errors.js";
import { answered, first, load } from "../load/project-files.js";

const blueprint = async (files: Readonly<Record<string, string>>, extraVars: string[] = []) =>
  first(await load(files, { extraVars }));

async function refused(files: Readonly<Record<string, string>>, facts = {}): Promise<string> {
  const vm = await blueprint(files);
  try {
    vm.define(answered(facts), "qemu");
  } catch (error) {
    return describeError(asFarmError(error));
  }
  return "no complaint";
}

test("defaults fill in what nobody said", async () => {
  expect((await blueprint({})).define(answered(), "kvm")).toEqual({
    metadata: {
      name: "deb_pc",
      hostname: "deb-pc",
      platform_name: "deb",
      target_name: "pc",
      connection: "qemu:///session",
      libvirt_pool_dir: "~/.local/share/libvirt/images/",
      tmp_dir: "~/tmp/",
      auth: { connection: "ssh", user: "root", become_user: "root", become_method: "sudo" },
      sources: [],
    },
    virt_domain: "kvm",
    arch: "x86_64",
    machine: "q35",
    cpu: "host-passthrough",
    vcpus: 4,
    ram: 2048,
    disks: [{ type: "qcow2", devname: "vda", src: "a", readonly: false }],
    net: { type: "user" },
  });
});

test("root's pool is where QEMU can read", async () => {
  const vm = (await blueprint({})).define(answered({ ansible_user_uid: 0 }), "qemu");
  expect(vm.metadata.libvirt_pool_dir).toBe("/var/lib/libvirt/images/");
});

test("target, then defaults, then platform", async () => {
  const vm = (
    await blueprint({
      "targets/pc.yaml":
        "vm: { arch: x86_64, vcpus: 1, ram: 512, net: { type: bridge, source: br0 }, metadata: { tmp_dir: /t/ } }",
      "platforms/deb.yaml": "vm: { ram: 1024, net: { mac: '52:54:00:00:00:01' } }",
    })
  ).define(answered(), "qemu");
  expect(vm).toMatchObject({
    vcpus: 1,
    ram: 1024,
    net: { type: "bridge", source: "br0", mac: "52:54:00:00:00:01" },
  });
  expect(vm.metadata.tmp_dir).toBe("/t/");
});

test("a platform sees the VM so far; what it replaces, it sees as it was", async () => {
  const vm = (
    await blueprint({
      "targets/pc.yaml": "vm: { arch: x86_64, ram: 512 }",
      "platforms/deb.yaml": `vm:
  ram: "{{ vm.ram * 2 }}"
  vcpus: "{{ vm.vcpus + 1 }}"
  note: "{{ vm.ram }} MiB, {{ vm.metadata.tmp_dir }}, {{ vm.disks[0].src }}"
  disks: [{ src: "{{ vm.metadata.platform_name }}-{{ target }}.qcow2" }]
`,
    })
  ).define(answered(), "qemu");
  expect(vm).toMatchObject({ ram: 1024, vcpus: 5, note: "1024 MiB, ~/tmp/, deb-pc.qcow2" });
});

test("a target's list from an expression can be edited by the platform", async () => {
  const vm = (
    await blueprint({
      "targets/pc.yaml": `vars: { all: [{ src: t }] }\nvm: { arch: x86_64, disks: "{{ all }}" }`,
      "platforms/deb.yaml": "vm: { disks: { $append: [{ src: p }] } }",
    })
  ).define(answered(), "qemu");
  expect(vm.disks.map(({ src }) => src)).toEqual(["t", "p"]);
});

test("inventory and extra variables win over a definition's vars, those over facts", async () => {
  const files = {
    "platforms/deb.yaml": `vars: { a: vars, b: vars, ansible_architecture: vars }
vm: { own: "{{ a }} {{ b }} {{ c }} {{ ansible_architecture }} {{ ansible_env.HOME }}" }`,
    "group_vars/vms.yml": "b: inventory\nc: inventory\n",
  };
  const vm = (await blueprint(files, ["c=extra"])).define(answered({ ansible_env: { HOME: "/h" } }), "qemu");
  expect(vm["own"]).toBe("vars inventory extra vars /h");
});

test("a forced domain type stays; omit and null take keys away", async () => {
  const vm = (
    await blueprint({
      "targets/pc.yaml": `vm: { arch: x86_64, virt_domain: "{{ 'qemu' if kvm_host == 'localhost' else omit }}", firmware: efi, cpu: qemu64 }`,
      "platforms/deb.yaml": `vm: { firmware: , cpu: "{{ omit }}" }`,
    })
  ).define(answered(), "kvm");
  expect(vm).toMatchObject({ virt_domain: "qemu" });
  expect([vm.firmware, vm.cpu]).toEqual([undefined, "maximum"]);
});

test("how to log in comes from Ansible's variables where the definition is silent", async () => {
  const vars = { "group_vars/vms.yml": "ansible_user: tester\nansible_become_method: su\n" };
  const silent = (await blueprint(vars)).define(answered(), "qemu");
  expect(silent.metadata.auth).toMatchObject({ user: "tester", become_method: "su" });
  const said = await blueprint({
    ...vars,
    "platforms/deb.yaml": "vm: { metadata: { auth: { user: debian } } }",
  });
  expect(said.define(answered(), "qemu").metadata.auth).toMatchObject({
    user: "debian",
    become_method: "su",
  });
});

test("numbers may come as texts of the command line", async () => {
  const files = { "platforms/deb.yaml": 'vm: { ram: "{{ ram }}", vcpus: "{{ cpus }}" }' };
  const vm = await blueprint(files, ["ram=640 cpus=3"]);
  expect(vm.requirements(answered())).toEqual({
    arch: "x86_64",
    vcpus: 3,
    ramMiB: 640,
    net: { type: "user" },
  });
  expect(vm.define(answered(), "qemu")).toMatchObject({ ram: 640, vcpus: 3 });
});

test("a template of config.list", async () => {
  const inventory =
    "all: { hosts: { localhost: { config: { list: [{ platform: deb, target: pc, template: t.xml }] } } }, children: { hypervisors: { hosts: { localhost: } } } }";
  expect(
    (await blueprint({ "inventory.yaml": inventory })).define(answered(), "qemu").metadata.template,
  ).toBe("t.xml");
});

test("where a value stands", async () => {
  const vm = await blueprint({ "platforms/deb.yaml": "vm:\n  disks:\n    - src: a\n" });
  expect(vm.locate(["disks", 0, "src"])).toEqual({ file: "platforms/deb.yaml", line: 3, column: 7 });
  expect(vm.locate(["arch"])).toEqual({ file: "targets/pc.yaml", line: 1, column: 7 });
});

test.each([
  [
    "vm: { vcpus: two }",
    `platforms/deb.yaml:1:7: 'vcpus' of the VM definition must be a number, got the text "two"`,
  ],
  ["vm: { ram: 0.5 }", "'ram' of the VM definition must be a whole number"],
  ["vm: { net: { type: usr } }", "platforms/deb.yaml:1:14: 'net.type' of the VM definition must be one of"],
  [
    "vm: { metadata: { auth: { usr: a } } }",
    "unknown key 'usr' in 'metadata.auth' of the VM definition; did you mean 'user'?",
  ],
  ['vm: { own: "{{ nope }}" }', "platforms/deb.yaml:1:12: undefined variable 'nope'"],
  ['vm: { a: "{{ vm.b }}", b: "{{ vm.a }}" }', "refers to itself"],
  [
    "vm: { metadata: { sources: [{ on_provision: { src: a } }] } }",
    "'metadata.sources[0].on_provision.dest' of the VM definition is missing",
  ],
])("%s is refused", async (platform, message) => {
  expect(await refused({ "platforms/deb.yaml": platform })).toContain(message);
});

test("a missing architecture", async () => {
  expect(await refused({ "targets/pc.yaml": "vm: {}" })).toContain(
    "'arch' of the VM definition is missing: it must be a text",
  );
});

test("a guest on a user network that says it is at localhost says nothing; on any other it is a mistake", async () => {
  const vm = await blueprint({ "platforms/deb.yaml": "vm: { net: { ip: localhost } }" });
  expect(vm.define(answered(), "qemu").net).toEqual({ type: "user" });
  expect(
    await refused({ "platforms/deb.yaml": "vm: { net: { type: bridge, source: b, ip: localhost } }" }),
  ).toContain("'net.ip' of the VM definition is wrong: Invalid IPv4 address");
});
