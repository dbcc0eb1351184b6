import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { machineOutput } from "./machine-output.js";

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
}

/** The facts are what ansible-core 2.14 says on a machine with these files. */
const cases: Case[] = JSON.parse(readFileSync(new URL("distributions.json", import.meta.url), "utf8"));

const KEYS = [
  "distribution",
  "distribution_version",
  "distribution_major_version",
  "distribution_minor_version",
  "distribution_release",
  "distribution_file_variety",
  "os_family",
] as const;

const distribution = (files: Readonly<Record<string, string>>) => {
  const facts = parseFacts(machineOutput({ files }));
  return Object.fromEntries(KEYS.filter((key) => key in facts).map((key) => [key, facts[key]]));
};

describe("distribution facts", () => {
  it.each(cases)("are Ansible's for $name", ({ files, facts }) => {
    expect(distribution(files)).toEqual(facts);
  });

  it("come from a release file on a system older than os-release", () => {
    expect(distribution({ "/etc/redhat-release": "CentOS release 6.10 (Final)\n" })).toMatchObject({
      distribution: "CentOS",
      distribution_version: "6.10",
      distribution_release: "Final",
      os_family: "RedHat",
    });
  });

  it("take the family of what an unknown distribution says it is like", () => {
    const release = 'NAME="Some OS"\nID=someos\nID_LIKE="ubuntu debian"\nVERSION_ID="1.2"\n';
    expect(distribution({ "/etc/os-release": release })).toMatchObject({
      distribution: "Some OS",
      distribution_major_version: "1",
      os_family: "Debian",
    });
  });

  it.each([
    ["nobara", "rhel centos fedora", "Nobara release 39 (Thirty Nine)", "Nobara", "RedHat"],
    ["mine", "", "Mine release 1", "Mine", "Mine"],
  ])("know a derived distribution by its own release file: %s", (id, like, sentence, name, family) => {
    const files = { "/etc/os-release": `ID=${id}\nID_LIKE="${like}"\n`, "/etc/redhat-release": sentence };
    expect(distribution(files)).toMatchObject({ distribution: name, os_family: family });
  });

  it("read quotes and comments of os-release as a shell does", () => {
    const release = '# comment\nID=\'void\'\nNAME="Void \\"x\\""\n';
    expect(distribution({ "/etc/os-release": release })).toMatchObject({ distribution: 'Void "x"' });
  });

  it("are missing where the system is not Linux", () => {
    const said = {
      uname: "Darwin mac.lab.example 23.1.0 Darwin Kernel Version 23.1.0: Mon Oct  9 2023 arm64",
    };
    const facts = parseFacts(machineOutput({ said }));
    expect(facts).toMatchObject({ system: "Darwin", machine: "arm64", hostname: "mac" });
    expect(facts.kernel_version).toBe("Darwin Kernel Version 23.1.0: Mon Oct  9 2023");
    expect(facts).not.toHaveProperty("distribution");
  });
});

describe("lsb", () => {
  it("is what lsb_release says on Ubuntu, by its file", () => {
    const files = cases.find(({ name }) => name === "Ubuntu 22.04")?.files ?? {};
    expect(parseFacts(machineOutput({ files })).lsb).toEqual({
      id: "Ubuntu",
      release: "22.04",
      major_release: "22",
      codename: "jammy",
      description: "Ubuntu 22.04.3 LTS",
    });
  });

  it("is empty where nothing tells it", () => {
    const files = cases.find(({ name }) => name === "Fedora 40")?.files ?? {};
    expect(parseFacts(machineOutput({ files })).lsb).toEqual({});
  });
});
