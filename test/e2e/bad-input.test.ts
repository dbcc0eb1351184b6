import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { farm, writeProject } from "../lab/farm.js";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "farm-bad-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const good = {
  "inventory.yaml": `all:
  hosts:
    localhost:
      config:
        list:
          - { platform: one, target: amd64 }
  children:
    hypervisors:
      hosts:
        here: { ansible_connection: local }
    vms:
      vars: { phases_lookup_dir_path: phases }
`,
  "targets/amd64.yaml": "vm: { arch: x86_64 }\n",
  "platforms/one.yaml": `vm:
  metadata:
    sources:
      - before_provision:
          - { callback: fetch, src: /no/image, dest: one }
        on_provision: { src: one, dest: one }
  disks: [{ src: one }]
`,
  "phases/main.yaml": "- command: 'true'\n",
};

/** A farm that would run if it were not for the one file that is wrong; nothing may come of it. */
async function run(files: Readonly<Record<string, string>>, ...options: string[]) {
  await writeProject(cwd, { ...good, ...files });
  const home = join(cwd, "home");
  await writeProject(home, { ".keep": "" });
  const result = await farm(["plan", "-i", "inventory.yaml", ...options], { cwd, home });
  expect((await readdir(home, { recursive: true })).filter((name) => /runs|vms|id_/.test(name))).toEqual([]);
  return result;
}

const inventory = good["inventory.yaml"];

test.each<[string, Record<string, string>, RegExp]>([
  [
    "an unknown key",
    { "platforms/one.yaml": "extend: x\nvm: {}\n" },
    /^farm: platforms\/one\.yaml:1:1: .*'extend'.*'extends'/,
  ],
  [
    "a wrong type",
    { "targets/amd64.yaml": "vm: { arch: x86_64, ram: lots }\n" },
    /^farm: targets\/amd64\.yaml:1:\d+: .*ram.*lots/,
  ],
  [
    "a mistyped key of vm",
    { "targets/amd64.yaml": "vm: { arch: x86_64, vcpu: 2 }\n" },
    /targets\/amd64\.yaml:1:\d+: .*'vcpu'.*'vcpus'/,
  ],
  ["a duplicate key", { "inventory.yaml": `${inventory}all: {}\n` }, /^farm: inventory\.yaml:13:1: .*twice/],
  ["a tab", { "platforms/one.yaml": "vm:\n\tram: 5\n" }, /^farm: platforms\/one\.yaml:2:1: .*tab/],
  [
    "an unknown tag",
    { "phases/main.yaml": "- debug: !wat x\n" },
    /^farm: phases\/main\.yaml:1:10: unknown YAML tag !wat/,
  ],
  [
    "nested brackets",
    { "platforms/one.yaml": "[".repeat(20_000) },
    /^farm: platforms\/one\.yaml:1:\d+: nested too deeply/,
  ],
  [
    "an alias bomb",
    {
      "platforms/one.yaml": [..."abcdefgh"]
        .map(
          (c, i) =>
            `${c}: &${c} [${Array(9)
              .fill(i ? `*${"abcdefgh"[i - 1]}` : "x")
              .join(",")}]`,
        )
        .join("\n"),
    },
    /^farm: platforms\/one\.yaml:\d+:\d+: aliases expand to too many values/,
  ],
  [
    "a missing target",
    { "inventory.yaml": inventory.replace("amd64 }", "amd65 }") },
    /^farm: inventory\.yaml:6:\d+: .*no target 'amd65'.*'amd64'/,
  ],
  [
    "a missing platform",
    { "inventory.yaml": inventory.replace("one,", "two,") },
    /^farm: inventory\.yaml:6:\d+: .*no platform 'two'/,
  ],
  [
    "a missing phase directory",
    { "inventory.yaml": inventory.replace("path: phases", "path: fases") },
    /^farm: inventory\.yaml:12:\d+: .*'fases'/,
  ],
  [
    "circular extends",
    { "platforms/one.yaml": "extends: two\nvm: {}\n", "platforms/two.yaml": "extends: one\nvm: {}\n" },
    /circular extends: one -> two -> one/,
  ],
  [
    "an undefined variable",
    { "targets/amd64.yaml": "vm: { arch: '{{ arhc }}' }\n" },
    /targets\/amd64\.yaml:1:\d+: .*'arhc'/,
  ],
  [
    "an unknown module",
    { "phases/main.yaml": "- name: x\n  comand: ls\n" },
    /^farm: phases\/main\.yaml:2:3: .*'comand'.*'command'/,
  ],
  [
    "a bad URL",
    { "platforms/one.yaml": good["platforms/one.yaml"].replace("/no/image", "ftp://x/y") },
    /^farm: platforms\/one\.yaml:5:\d+: callback 'fetch': src: .*http\(s\) URL/,
  ],
  [
    "a bad checksum",
    {
      "platforms/one.yaml": good["platforms/one.yaml"].replace(
        "dest: one }",
        "dest: one, checksum: 'sha256:beef' }",
      ),
    },
    /^farm: platforms\/one\.yaml:5:\d+: .*sha256/,
  ],
  [
    "no hypervisors",
    { "inventory.yaml": inventory.replace("hypervisors:", "hypervizors:") },
    /^farm: inventory\.yaml:1:1: no hypervisor group.*'hypervizors'/,
  ],
  [
    "a name with a newline",
    { "platforms/one.yaml": good["platforms/one.yaml"].replace("metadata:", 'metadata:\n    name: "a\\nb"') },
    /platforms\/one\.yaml:3:\d+: .*name/,
  ],
])("%s", async (_what, files, message) => {
  const { code, stdout, stderr } = await run(files);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.length).toBeLessThan(1_000);
});

test("two mistakes in two files are told together", async () => {
  const { stderr } = await run({
    "phases/main.yaml": "- shel: x\n",
    "targets/amd64.yaml": "vm: { arch: x86_64, vcpu: 2 }\n",
  });
  expect(stderr).toMatch(/targets\/amd64\.yaml|phases\/main\.yaml/);
});

test("names with spaces, quotes, ;, $(...) are data everywhere", async () => {
  const name = 'it\'s "$(touch pwned)"; `id` & x';
  const platform = good["platforms/one.yaml"].replace(
    "metadata:",
    `metadata:\n    name: ${JSON.stringify(name)}`,
  );
  const { code, stdout } = await run({ "platforms/one.yaml": platform }, "--format", "json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).vms[0].name).toBe(name);
  expect(await readdir(cwd)).not.toContain("pwned");
});

test.each([
  [["run"], /required option '-i, --inventory <file>'/],
  [["rnu", "-i", "x"], /unknown command 'rnu'[\s\S]*run/],
  [["plan", "-i", "inventory.yaml", "-e", "novalue"], /novalue/],
  [["plan", "-i", "inventory.yaml", "--limit", "onee_amd64"], /onee_amd64.*one_amd64/],
  [["plan", "-i", "missing.yaml"], /missing\.yaml: no such file/],
])("usage: %j", async (argv, message) => {
  await writeProject(cwd, good);
  await writeFile(join(cwd, ".keep"), "");
  const { code, stderr } = await farm(argv, { cwd, home: cwd });
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});
