import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MachineFacts } from "../../../src/tasks/facts/fact-types.js";
import { FACTS_COMMAND } from "../../../src/tasks/facts/facts-command.js";
import { parseFacts } from "../../../src/tasks/facts/parse-facts.js";
import { localShell } from "../../../src/transport/local-shell.js";

const [, , SCRIPT = ""] = FACTS_COMMAND.argv;
const ANSIBLE = spawnSync("ansible", ["--version"]).status === 0;

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-facts-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The same for everyone who is asked, with a value that lies about what it is. */
const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  HOME: directory,
  LANG: "C.UTF-8",
  NOTE: "two\nexport HOME='/'\n@files\n/proc/uptime:1 ' \" $HOME `x` \\ ä",
  ANSIBLE_LOCALHOST_WARNING: "0",
  ANSIBLE_INVENTORY_UNPARSED_WARNING: "0",
  ANSIBLE_LOCAL_TEMP: join(directory, "local"),
  ANSIBLE_REMOTE_TEMP: join(directory, "remote"),
  ...more,
});

async function farmFacts(env = environment()): Promise<MachineFacts> {
  const shell = localShell({ name: "here", home: directory, env });
  const { code, stdout } = await shell.run(FACTS_COMMAND);
  await shell.close();
  expect(code).toBe(0);
  return parseFacts(stdout);
}

type AnsibleFacts = Readonly<Record<string, unknown>>;

/** Its names without the prefix. */
function ansibleFacts(env: Record<string, string>, subset = "all"): AnsibleFacts {
  const args = ["localhost", "-c", "local", "-m", "setup", "-a", `gather_subset=${subset}`];
  const said = execFileSync("ansible", args, { env, encoding: "utf8", maxBuffer: 1 << 26 });
  const { ansible_facts } = JSON.parse(said.slice(said.indexOf("{"))) as { ansible_facts: AnsibleFacts };
  const entries = Object.entries(ansible_facts).map(([name, value]) => [
    name.replace(/^ansible_/, ""),
    value,
  ]);
  return Object.fromEntries(entries);
}

/** Other from one moment to the next; how they are counted is shown by unit tests. */
const CHANGING = new Set([
  ...["memfree_mb", "swapfree_mb", "memory_mb", "uptime_seconds", "loadavg", "date_time"],
  ...["size_available", "block_available", "block_used", "inode_available", "inode_used"],
]);

/** In no order: Ansible takes them as the directory or a set has them. */
const UNORDERED = new Set([
  ...["interfaces", "all_ipv4_addresses", "all_ipv6_addresses", "mounts"],
  ...["virtualization_tech_guest", "virtualization_tech_host"],
]);

/** Of these Ansible says nothing where a program or a library of its own is missing; and DNS may know what the hosts file does not. */
function unknownToAnsible(theirs: AnsibleFacts): ReadonlySet<string> {
  const unknown = new Set<string>();
  if (Object.keys(theirs["lsb"] ?? {}).length === 0) unknown.add("lsb");
  if (/Missing/.test(JSON.stringify(theirs["selinux"]))) unknown.add("selinux");
  if (!existsSync("/sys/devices/virtual/dmi/id"))
    for (const key of Object.keys(theirs)) if (/^(?:bios|product|system_vendor)/.test(key)) unknown.add(key);
  if (!readFileSync("/etc/hosts", "utf8").split(/\s+/).includes(hostname())) {
    unknown.add("fqdn");
    unknown.add("domain");
  }
  return unknown;
}

/** What both have of a value; of a mapping the entries that farm has, since Ansible asks further programs about some things. */
function comparable(ours: unknown, theirs: unknown, name = ""): [unknown, unknown] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const order = (list: unknown[]) => (UNORDERED.has(name) ? list.toSorted(byText) : list);
    const pairs = order(ours).map((entry, index) => comparable(entry, order(theirs)[index]));
    return [pairs.map(([one]) => one), [...pairs.map(([, other]) => other), ...theirs.slice(ours.length)]];
  }
  if (!isMapping(ours) || !isMapping(theirs)) return [ours, theirs];
  const pairs = Object.keys(ours)
    .filter((key) => !CHANGING.has(key))
    .map((key) => [key, ...comparable(ours[key], theirs[key], key)] as const);
  return [
    Object.fromEntries(pairs.map(([key, one]) => [key, one])),
    Object.fromEntries(pairs.map(([key, , other]) => [key, other])),
  ];
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown) => (isMapping(value) ? String(value["mount"]) : String(value));
const byText = (one: unknown, other: unknown) => (text(one) < text(other) ? -1 : 1);

describe("facts against Ansible's (where ansible is installed)", () => {
  it.runIf(ANSIBLE)("have its names and its values", async () => {
    const [ours, theirs] = [await farmFacts(), ansibleFacts(environment())];
    const unknown = unknownToAnsible(theirs);
    const skip = new Set([...CHANGING, ...unknown, "env"]);
    for (const [key, value] of Object.entries(ours)) {
      expect(unknown.has(key) || key in theirs, `Ansible has no fact '${key}'`).toBe(true);
      if (skip.has(key)) continue;
      const [mine, other] = comparable(value, theirs[key], key);
      expect(mine, key).toEqual(other);
    }
    expect(theirs["env"]).toMatchObject(environment());
    expect(ours.env).toMatchObject(environment());
  });

  it.runIf(ANSIBLE)("miss only what needs more programs, or Python", async () => {
    const ours = await farmFacts();
    const missing = Object.keys(ansibleFacts(environment())).filter((key) => !(key in ours));
    const known =
      /^(?:board_|chassis_|device|distribution_file_|fibre_|form_factor|gather_subset|hostnqn|is_chroot|iscsi|local$|lvm|module_setup|nvme|python|selinux_python|system_capabilities)/;
    const absent = missing.filter((key) => !known.test(key));
    expect(absent).toEqual([]);
  });

  it
    .runIf(ANSIBLE)
    .each(["UTC", "Europe/Dublin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])(
    "tell the time as it does in the zone %s",
    async (TZ) => {
      const env = environment({ TZ });
      const theirs = ansibleFacts(env, "!all,!min,date_time")["date_time"] as Record<string, string>;
      const ours = (await farmFacts(env)).date_time ?? {};
      const zone = ["tz", "tz_dst", "tz_offset"];
      expect(zone.map((key) => ours[key])).toEqual(zone.map((key) => theirs[key]));
      // The same moment in both, by the clock that Ansible read.
      const { epoch, tz, tz_offset, tz_dst, iso8601_micro = "" } = theirs;
      const nanoseconds = `${iso8601_micro.slice(-7, -1)}000`;
      const said = `@date\n${epoch} ${tz} ${tz_offset} ${nanoseconds}\n`;
      expect({ ...parseFacts(said).date_time, tz_dst }).toEqual(theirs);
    },
  );
});

const SHELLS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  dash: ["/bin/dash", "-c"],
  bash: ["/bin/bash", "--posix", "-c"],
  busybox: ["/bin/busybox", "sh", "-c"],
};

for (const [kind, [program, ...options]] of Object.entries(SHELLS)) {
  const run = (env: Record<string, string>) =>
    parseFacts(execFileSync(program, [...options, SCRIPT], { env, encoding: "utf8" }));

  describe.runIf(existsSync(program))(`the script of facts in ${kind} (where it is installed)`, () => {
    it("finds what it finds in every other shell", async () => {
      const [facts, usual] = [run(environment({ PATH: toolsOf(kind) })), await farmFacts()];
      const skip = new Set([...CHANGING, "env", "mounts"]);
      const stable = (all: MachineFacts) =>
        Object.fromEntries(Object.entries(all).filter(([key]) => !skip.has(key)));
      expect(stable(facts)).toEqual(stable(usual));
      expect(facts.mounts?.map(({ mount, size_total }) => [mount, size_total])).toEqual(
        usual.mounts?.map(({ mount, size_total }) => [mount, size_total]),
      );
      expect(Math.abs(Number(facts.date_time?.["epoch"]) - Number(usual.date_time?.["epoch"]))).toBeLessThan(
        60,
      );
      expect(facts.env).toMatchObject({ ...environment(), PATH: toolsOf(kind) });
    });

    it("tells any environment as it is", () => {
      const value = fc.string({ unit: fc.constantFrom(..."aä \n\t'\"\\$`!@#=\u0001\u001b;export") });
      fc.assert(
        fc.property(value, value, (ONE, TWO) => {
          const env = { PATH: toolsOf(kind), HOME: directory, ONE, TWO };
          expect(run(env).env).toMatchObject(env);
        }),
        { numRuns: 15 },
      );
    });
  });
}

/** With busybox a PATH that has its applets and nothing else. */
function toolsOf(kind: string): string {
  if (kind !== "busybox") return environment()["PATH"] ?? "";
  const path = join(directory, "applets");
  if (!existsSync(path)) {
    execFileSync("mkdir", [path]);
    const applets = execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const applet of applets) symlinkSync("/bin/busybox", join(path, applet));
  }
  return path;
}
