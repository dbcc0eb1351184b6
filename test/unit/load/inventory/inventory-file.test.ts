import { expect, test } from "vitest";
import { asFarmError, describeError } from "../../../../src/errors.js";
import { parseInventory } from "../../../../src/load/inventory/inventory-file.js";
import { parseYaml } from "../../../../src/yaml/yaml.js";

const inventory = (text: string) => parseInventory(parseYaml(text, "inv.yaml"), "inv.yaml");

function complaint(text: string): string {
  try {
    inventory(text);
  } catch (error) {
    return describeError(asFarmError(error));
  }
  return "no complaint";
}

test("hosts, nested groups, ranges, null values and groups without `all`", () => {
  const { groups, hosts } = inventory(`
all:
  hosts: { lone: , "web[1:2]": { size: 1 } }
  children:
    east-1:
      children: { rack: { hosts: { web1: } } }
west: { hosts: web2, children: rack, vars: { side: left } }
`);
  expect([...hosts.keys()]).toEqual(["lone", "web1", "web2"]);
  expect([...groups.keys()]).toEqual(["all", "east-1", "rack", "west"]);
  expect(groups.get("west")).toMatchObject({ children: ["rack"], hosts: ["web2"], vars: { side: "left" } });
  expect(hosts.get("web2")?.vars).toEqual({ size: 1 });
  expect(hosts.get("web1")?.position).toEqual({ file: "inv.yaml", line: 3, column: 20 });
});

test("groups come in Ansible's order: depth, priority, name", () => {
  const nested = inventory(`
all:
  children:
    zoo: { hosts: { h: } }
    ape: { hosts: { h: } }
    big: { hosts: { h: }, vars: { ansible_group_priority: 10 } }
    outer: { children: { inner: { hosts: { h: } } } }
    deep: { children: { outer: } }
`);
  // outer is a child of all and of deep: its longest way counts.
  expect(nested.groupsOf("h")).toEqual(["all", "ape", "deep", "zoo", "big", "outer", "inner"]);
  expect(nested.groupsOf("stranger", ["vms", "arm64"])).toEqual(["all", "arm64", "vms"]);
  expect(nested.hostsOf("deep")).toEqual(["h"]);
  expect(nested.groups.get("big")?.vars).toEqual({});
});

test("ungrouped is for hosts of no other group", () => {
  const some = inventory("all: { hosts: { a: , b: }, children: { g: { hosts: { b: } } } }");
  expect(some.groupsOf("a")).toEqual(["all", "ungrouped"]);
  expect(some.groupsOf("b")).toEqual(["all", "g"]);
});

test.each([
  ["all: { host: {} }", "inv.yaml:1:8: unknown key 'host' in group 'all'; did you mean 'hosts'?"],
  [
    "all: { children: { g: { var: {} } } }",
    "inv.yaml:1:25: unknown key 'var' in group 'g'; did you mean 'vars'?",
  ],
  ["all: { hosts: [a, b] }", "inv.yaml:1:8: 'hosts' of group 'all' must be a mapping, got a list"],
  ["all: { hosts: { a: 3 } }", "inv.yaml:1:17: host 'a' must be a mapping of variables or nothing, got 3"],
  [
    "all: { children: { g: [x] } }",
    "inv.yaml:1:20: group 'g' must be a mapping of hosts, children and vars, got a list",
  ],
  [
    "all: { vars: { ansible_group_priority: high } }",
    "inv.yaml:1:16: ansible_group_priority of group 'all' must be a whole number",
  ],
  ["all: { children: { g: { children: { all: } } } }", "inv.yaml:1:37: group 'all' cannot be a child"],
  ["all: { hosts: { 'n[3:1]': } }", "inv.yaml:1:17: host range 'n[3:1]': it ends before it begins"],
  ["", "inv.yaml:1:1: an inventory is a mapping of groups, got an empty file"],
  ["[hypervisors]\n", "inv.yaml:1:1: an inventory is a mapping of groups, got a list"],
])("%s", (text, message) => {
  expect(complaint(text)).toContain(message);
});

test("cycles of groups are told with their way and place", () => {
  const text = "a: { children: { b: } }\nb: { children: { c: } }\nc: { children: { a: } }\n";
  expect(complaint(text)).toBe("inv.yaml:3:18: group 'a' is its own child: a -> b -> c -> a");
});

test("all mistakes are told at once", () => {
  expect(
    complaint("all:\n  host: {}\n  vars: 3\n")
      .split("\n")
      .filter((line) => line.startsWith("inv.yaml")),
  ).toHaveLength(2);
});
