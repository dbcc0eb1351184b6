import { expect, test } from "vitest";
import { first, load } from "./project-files.js";

/** Each layer sets `v`, the weakest first; a test leaves the strong ones out one by one. */
const LAYERS: readonly (readonly [name: string, file: string | undefined, value: string])[] = [
  ["inventory all", undefined, "all"],
  ["inventory group, by name", undefined, "deb"],
  ["inventory group, later by name", undefined, "pc"],
  ["inventory group, last by name", undefined, "vms"],
  ["inventory group with a priority", undefined, "prio"],
  ["inventory group, deeper", undefined, "deep"],
  ["group_vars/all", "group_vars/all.yml", "gv_all"],
  ["group_vars of a group", "group_vars/deb", "gv_deb"],
  ["group_vars of a group, later by name", "group_vars/vms/main.yaml", "gv_vms"],
  ["group_vars, the same directory, later file", "group_vars/vms/zz.yml", "gv_vms_zz"],
  ["group_vars of the group with a priority", "group_vars/prio.yaml", "gv_prio"],
  ["group_vars of a deeper group", "group_vars/deep.json", "gv_deep"],
  ["inventory host", undefined, "host"],
  ["host_vars", "host_vars/deb_pc.yaml", "hv"],
  ["--vars", "one.yaml", "vars_one"],
  ["--vars, the second", "two.yaml", "vars_two"],
  ["-e @file", "at.yaml", "e_at"],
  ["-e", undefined, "e"],
];

const at = (value: string, count: number) =>
  LAYERS.slice(0, count).some((layer) => layer[2] === value) ? `{ v: ${value} }` : "{}";

test.each(LAYERS.map((layer, index) => [layer[0], layer[2], index + 1] as const))(
  "%s wins over all before it",
  async (_name, value, count) => {
    const inventory = `all:
  vars: ${at("all", count)}
  hosts:
    localhost: { config: { list: [{ platform: deb, target: pc }] } }
    deb_pc: ${at("host", count)}
  children:
    hypervisors: { hosts: { localhost: } }
    deb: { vars: ${at("deb", count)} }
    pc: { vars: ${at("pc", count)} }
    vms: { vars: ${at("vms", count)} }
    prio: { hosts: { deb_pc: }, vars: { ansible_group_priority: 2, ${at("prio", count).slice(1, -1)} } }
    outer: { children: { deep: { hosts: { deb_pc: }, vars: ${at("deep", count)} } } }
`;
    const files = LAYERS.slice(0, count).flatMap(([, file, text]) => (file ? [[file, `v: ${text}\n`]] : []));
    const has = (file: string) => files.some(([name]) => name === file);
    const project = await load(
      { "inventory.yaml": inventory, ...Object.fromEntries(files) },
      {
        vars: ["one.yaml", "two.yaml"].filter(has),
        extraVars: [...(has("at.yaml") ? ["@at.yaml"] : []), ...(at("e", count) === "{}" ? [] : ["v=e"])],
      },
    );
    expect(first(project).scope.get("v")).toBe(value);
  },
);

test("a mapping is replaced, not merged", async () => {
  const project = await load({
    "group_vars/all.yml": "m: { a: 1, b: 2 }\n",
    "group_vars/vms.yml": "m: { a: 3 }\n",
  });
  expect(first(project).scope.get("m")).toEqual({ a: 3 });
});

test("of NAME, NAME.yml and NAME.yaml the first one counts, as in Ansible", async () => {
  const project = await load({
    "group_vars/vms.yaml": "x: yaml\ny: yaml\n",
    "group_vars/vms.yml": "x: yml\n",
    "group_vars/pc/.hidden.yml": "z: hidden\n",
    "group_vars/pc/backup.yml~": "z: backup\n",
    "group_vars/pc/note.txt": "z: note\n",
    "group_vars/pc/sub/deep.yml": "w: deep\n",
  });
  const { scope } = first(project);
  expect([scope.get("x"), scope.has("y"), scope.has("z"), scope.get("w")]).toEqual([
    "yml",
    false,
    false,
    "deep",
  ]);
});

test("Ansible's magic variables, and groups named after the VM", async () => {
  const project = await load({
    "group_vars/deb_pc.yml": 'own: "{{ inventory_hostname }} on {{ target }}"\n',
  });
  const vm = first(project);
  expect(vm.groups).toEqual(["all", "deb", "deb_pc", "pc", "vms"]);
  expect(vm.scope.get("own")).toBe("deb_pc on pc");
  expect(vm.scope.get("group_names")).toEqual(["deb", "deb_pc", "pc", "vms"]);
  expect(vm.scope.get("groups")).toMatchObject({ vms: ["deb_pc"], hypervisors: ["localhost"] });
  expect(vm.scope.get("playbook_dir")).toBe(project.directory);
});
