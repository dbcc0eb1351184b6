import { expect, test } from "vitest";
import { answered, first, load } from "../load/project-files.js";

const blueprint = async (files: Readonly<Record<string, string>>) => first(await load(files));

test("only what dispatch asks is evaluated", async () => {
  const vm = await blueprint({
    "platforms/deb.yaml":
      'vm: { ram: "{{ 2 * 512 }}", own: "{{ nowhere }}", metadata: { tmp_dir: "{{ nope }}" } }',
  });
  expect(vm.requirements(answered())).toEqual({
    arch: "x86_64",
    vcpus: 4,
    ramMiB: 1024,
    net: { type: "user" },
  });
});

test("a forced type, by a hypervisor's facts, through a variable", async () => {
  const vm = await blueprint({
    "targets/pc.yaml": `vars: { kind: "{{ (ansible_architecture != 'x86_64') | ternary('qemu', 'kvm') }}" }\nvm: { arch: x86_64, virt_domain: "{{ kind }}" }`,
  });
  expect(vm.requirements(answered()).domainType).toBe("kvm");
  expect(vm.requirements(answered({ ansible_architecture: "aarch64" })).domainType).toBe("qemu");
});

test("facts that do not matter cost nothing", async () => {
  const vm = await blueprint({
    "platforms/deb.yaml": 'vm: { metadata: { tmp_dir: "{{ ansible_env.HOME }}/t" } }',
  });
  const one = vm.requirements(answered({ ansible_env: { HOME: "/a" } }));
  expect(vm.requirements(answered({ ansible_env: { HOME: "/b" } }))).toBe(one);
});

test("facts that matter by way of `vm` are told apart", async () => {
  const vm = await blueprint({
    "platforms/deb.yaml": `vm: { ram: "{{ 100 if vm.own == 'big' else 50 }}", own: "{{ size }}" }\nvars: { size: "{{ ansible_size }}" }`,
  });
  expect(vm.requirements(answered({ ansible_size: "big" })).ramMiB).toBe(100);
  expect(vm.requirements(answered({ ansible_size: "small" })).ramMiB).toBe(50);
});
