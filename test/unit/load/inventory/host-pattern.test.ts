import { expect, test } from "vitest";
import { hostsOfPattern } from "../../../../src/load/inventory/host-pattern.js";

test.each([
  ["node", ["node"]],
  ["node[01:03]", ["node01", "node02", "node03"]],
  ["node[8:10]", ["node8", "node9", "node10"]],
  ["db-[a:c].lan", ["db-a.lan", "db-b.lan", "db-c.lan"]],
  ["n[1:7:3]", ["n1", "n4", "n7"]],
  ["r[1:2]-n[a:b]", ["r1-na", "r1-nb", "r2-na", "r2-nb"]],
  ["x[:2]", ["x0", "x1", "x2"]],
  ["VM debian_12 [amd64]", ["VM debian_12 [amd64]"]],
  ["fe80::1", ["fe80::1"]],
])("%s", (pattern, names) => {
  expect(hostsOfPattern(pattern)).toEqual(names.map((name) => ({ name })));
});

test("a port after the name", () => {
  expect(hostsOfPattern("node[1:2]:2222")).toEqual([
    { name: "node1", port: 2222 },
    { name: "node2", port: 2222 },
  ]);
  expect(hostsOfPattern("[fe80::1]:22")).toEqual([{ name: "fe80::1", port: 22 }]);
});

test.each([
  ["n[3:1]", "it ends before it begins"],
  ["n[01:100]", "numbers that begin with 0 must be of one length"],
  ["n[a:10]", "its ends must be two numbers or two letters"],
  ["n[1:9:0]", "the step must be at least 1"],
  ["n[1:999999999]", "it names more than 10000 hosts"],
  ["n[1:500][1:500]", "it names more than 10000 hosts"],
])("%s is refused", (pattern, reason) => {
  expect(() => hostsOfPattern(pattern)).toThrow(`host range '${pattern}': ${reason}`);
});
