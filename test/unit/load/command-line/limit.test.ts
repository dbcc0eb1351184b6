import { expect, test } from "vitest";
import { limitVms } from "../../../../src/load/command-line/limit.js";

const vm = (platform: string, target: string) => ({
  name: `${platform}_${target}`,
  groups: ["all", "vms", platform, target, `${platform}_${target}`],
});
const vms = [
  vm("deb", "amd64"),
  vm("deb", "arm64"),
  vm("arch", "amd64"),
  { name: "a VM: x, y", groups: ["all", "vms"] },
];
const [debAmd, debArm, archAmd, odd] = ["deb_amd64", "deb_arm64", "arch_amd64", "a VM: x, y"];

test.each([
  ["all", [debAmd, debArm, archAmd, odd]],
  ["*", [debAmd, debArm, archAmd, odd]],
  ["deb", [debAmd, debArm]],
  ["deb_amd64", [debAmd]],
  ["deb_arm64,arch", [debArm, archAmd]],
  ["deb_arm64:arch", [debArm, archAmd]],
  ["deb:&amd64", [debAmd]],
  ["amd64:!arch", [debAmd]],
  ["!deb", [archAmd, odd]],
  ["&arm64", [debArm]],
  ["*_amd64", [debAmd, archAmd]],
  ["d?b_a[mx]d64", [debAmd]],
  ["[!d]*_amd64", [archAmd]],
  ["~.*_a[rm]+d?64$", [debAmd, debArm, archAmd]],
  ["~(deb|arch)_amd64", [debAmd, archAmd]],
  ["vms[0]", [debAmd]],
  ["deb[-1]", [debArm]],
  ["all[1:2]", [debArm, archAmd]],
  ["all[2:]:!arch", [odd]],
  ["a VM: x, y", [odd]],
])("%s", (pattern, names) => {
  expect(limitVms(vms, pattern).map(({ name }) => name)).toEqual(names);
});

test.each([
  ["debb", "no VM or group matches 'debb'; did you mean 'deb'?"],
  ["all:!arn64", "no VM or group matches 'arn64'; did you mean 'arm64'?"],
  ["deb:&arch", "--limit 'deb:&arch' leaves no VM"],
  ["~(", "'~(' is not a regular expression"],
  [" ", "--limit needs a pattern"],
])("%s is refused", (pattern, message) => {
  expect(() => limitVms(vms, pattern)).toThrow(message);
});
