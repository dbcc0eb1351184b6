import { describe, expect, it } from "vitest";
import { factNames } from "../../../../src/tasks/facts/fact-names.js";
import { chosenFacts, subsetNames, unknownSubset } from "../../../../src/tasks/facts/subsets.js";

const NAMES = [...factNames()].map((name) => name.replace(/^ansible_/, ""));
const chosen = (...subsets: string[]) => NAMES.filter(chosenFacts(subsets));

describe("gather_subset", () => {
  it("is all facts but those that are left out", () => {
    expect(chosen("all")).toEqual(NAMES);
    const hardware = chosen("!all", "!min", "hardware").filter((name) => !chosen("!all").includes(name));
    expect(hardware).toEqual(
      expect.arrayContaining(["memory_mb", "mounts", "system_vendor", "uptime_seconds"]),
    );
    expect(chosen("all", "!hardware")).toEqual(NAMES.filter((name) => !hardware.includes(name)));
  });

  it("has the least of them, unless that is left out", () => {
    expect(chosen("!all")).toEqual(chosen("min"));
    // As with Ansible, what is left out leaves the least: nothing else was asked for.
    expect(chosen("!hardware")).toEqual(chosen("min"));
    expect(chosen("min")).toEqual(
      expect.arrayContaining(["env", "user_id", "pkg_mgr", "local", "date_time"]),
    );
    expect(chosen("min")).not.toContain("mounts");
    expect(chosen("!all", "!min")).toEqual([]);
    expect(chosen("!all", "!min", "env", "chroot")).toEqual(["is_chroot", "env"]);
  });

  it("has what is named though it is left out, and what that needs", () => {
    expect(chosen("!all", "!min", "virtual")).toEqual(
      NAMES.filter((name) => name.startsWith("virtualization_")),
    );
    expect(chosen("!min", "!network", "network")).toEqual(
      expect.arrayContaining(["interfaces", "os_family"]),
    );
    expect(chosen("!all", "!min", "mounts")).toEqual(chosen("!all", "!min", "hardware"));
    expect(chosen("!all", "!min", "hardware")).toContain("kernel");
  });

  it("has interfaces with the network", () => {
    expect(chosenFacts(["!all"])("eth0")).toBe(false);
    expect(chosenFacts(["interfaces"])("eth0")).toBe(true);
  });

  it("knows Ansible's names", () => {
    expect(unknownSubset(["all", "!all", "!nonsense", "min", "facter", "ssh_host_pub_keys"])).toBeUndefined();
    expect(unknownSubset(["all", "hardwear"])).toBe("hardwear");
    expect(subsetNames().filter((name) => unknownSubset([name]) !== undefined)).toEqual([]);
  });
});
