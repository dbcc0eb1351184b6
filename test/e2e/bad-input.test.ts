import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { farm, writeProject } from "../lab/farm.js";
import { inline, TEST, vaultText } from "../unit/load/vault-files.js";

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

const password = { "p.txt": `${TEST.password}\n` };
const WITH_PASSWORD = ["--vault-password-file", "p.txt"];
const NO_PASSWORD =
  /: this is encrypted by ansible-vault, and no vault password was given\n {2}hint: .*--vault-password-file/;

test.each<[string, Record<string, string>, string[], RegExp]>([
  ["an inventory, encrypted", { "inventory.yaml": vaultText("vars") }, [], /^farm: inventory\.yaml:1:1/],
  ["variables of a group", { "group_vars/vms.yaml": `a: 1\nb: ${inline("inline")}` }, [], /vms\.yaml:2:11/],
  ["variables of a host", { "host_vars/here.yml": vaultText("vars") }, [], /here\.yml:1:1/],
  ["--vars", { "v.yaml": `b: ${inline("inline")}` }, ["--vars", "v.yaml"], /^farm: v\.yaml:1:11/],
  ["-e @", { "v.yaml": vaultText("vars") }, ["-e", "@v.yaml"], /^farm: v\.yaml:1:1/],
  ["a definition", { "platforms/one.yaml": `vm:\n  a: ${inline("inline")}` }, [], /one\.yaml:2:13/],
  ["a task file", { "phases/main.yaml": vaultText("tasks") }, [], /main\.yaml:1:1/],
  ["a task", { "phases/main.yaml": `- debug:\n    msg: ${inline("inline")}` }, [], /main\.yaml:2:17/],
])("without a vault password: %s", async (_what, files, options, place) => {
  const { code, stdout, stderr } = await run(files, ...options);
  expect(stderr).toMatch(place);
  expect(stderr).toMatch(NO_PASSWORD);
  expect(stderr.trim().split("\n")).toHaveLength(2);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test.each<[string, Record<string, string>, string[], RegExp]>([
  [
    "a wrong vault password",
    { "p.txt": "hunter2-wrong", "targets/amd64.yaml": `vm:\n  arch: ${inline("inline")}` },
    WITH_PASSWORD,
    /^farm: targets\/amd64\.yaml:2:16: this cannot be decrypted: the vault password does not fit\n.*'default'/,
  ],
  [
    "a damaged vault text",
    { ...password, "v.yaml": `a: ${inline("inline").slice(0, -20)}\n` },
    [...WITH_PASSWORD, "--vars", "v.yaml"],
    /^farm: v\.yaml:1:11: this ansible-vault text is damaged\n/,
  ],
  [
    "a vault password file that is not there",
    {},
    ["--vault-id", "dev@nope.txt"],
    /^farm: cannot read .*nope\.txt: no such file\n.*vault password/,
  ],
  [
    "nobody to ask for a vault password",
    {},
    ["--ask-vault-pass"],
    /^farm: cannot ask .*no terminal\n.*--vault-id/,
  ],
  [
    "an environment variable that is not set",
    { "targets/amd64.yaml": "vm: { arch: !env FARM_TEST_NOT_SET }\n" },
    [],
    /^farm: targets\/amd64\.yaml:1:18: the environment variable 'FARM_TEST_NOT_SET' is not set\n/,
  ],
  [
    "a decrypted value of a wrong kind",
    { ...password, "targets/amd64.yaml": `vm:\n  arch: x86_64\n  ram: ${inline("inline")}` },
    WITH_PASSWORD,
    /^farm: targets\/amd64\.yaml:3:3: .*ram.*\*{8}/,
  ],
])("secrets: %s", async (_what, files, options, message) => {
  const { code, stdout, stderr } = await run(files, ...options);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("hunter2");
  expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test.each(["json", "text"])("secrets are used and not shown: %s", async (format) => {
  const files = {
    ...password,
    "v.yaml": vaultText("vars"),
    "phases/main.yaml": vaultText("tasks"),
    "host_vars/here.yaml": `max_vms: 3\nunused: ${inline("lines")}`,
    "platforms/one.yaml": `${good["platforms/one.yaml"]}  whole: "{{ db_password }}"
  part: "a {{ nested.list[0] }} b"
  home: !env HOME
  inline: ${inline("inline")}`,
  };
  const { code, stdout, stderr } = await run(
    files,
    ...WITH_PASSWORD,
    "-e",
    "@v.yaml",
    "--explain",
    "--format",
    format,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).not.toMatch(/hunter2|deep-in-a-list|-line-of-it|test-password/);
  expect(stdout).not.toContain(join(cwd, "home"));
  if (format === "json")
    expect(JSON.parse(stdout).vms[0].definition).toMatchObject({
      whole: "********",
      part: "a ******** b",
      home: "********",
      inline: "********",
    });
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
  [["run", "--invetory", "x"], /unknown option '--invetory'\n\(Did you mean --inventory\?\)/],
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

test("validate tells the mistakes of all files at once, and asks no hypervisor", async () => {
  const validate = async (files: Readonly<Record<string, string>>) => {
    await writeProject(cwd, { ...good, ...files });
    return farm(["validate", "-i", "inventory.yaml"], { cwd, home: join(cwd, "home") });
  };
  const away = {
    "inventory.yaml": inventory.replace("ansible_connection: local", "ansible_host: 192.0.2.1"),
  };
  expect(await validate(away)).toEqual({
    code: 0,
    stdout: "nothing wrong: 1 VM, 1 hypervisor, 1 phase file\n",
    stderr: "",
  });
  const elsewhere = { "phases/main.yaml": "- rpm_key: { key: x }\n  when: ansible_pkg_mgr == 'dnf'\n" };
  const note =
    "phases/main.yaml:1:3: farm has no module 'rpm_key': this task fails where it is not skipped\n";
  expect(await validate({ ...away, ...elsewhere })).toEqual({
    code: 0,
    stdout: `note: ${note}nothing wrong: 1 VM, 1 hypervisor, 1 phase file\n`,
    stderr: "",
  });
  await writeProject(cwd, { ...good, ...elsewhere });
  const planned = await farm(["plan", "-i", "inventory.yaml"], { cwd, home: join(cwd, "home") });
  expect(planned.stderr).toContain(`farm: warning: ${note}`);
  const result = await validate({
    "platforms/one.yaml": good["platforms/one.yaml"].replace("/no/image", "'{{ nowhere }}'"),
    "phases/main.yaml": "- comand: 'true'\n",
    "phases/terminate.yaml": "- shell: { cmd: ls, chdr: / }\n",
  });
  expect(result).toMatchObject({ code: 2, stdout: "" });
  for (const told of [
    "platforms/one.yaml:5:37: undefined variable 'nowhere'",
    "phases/main.yaml:1:3: unknown module or keyword 'comand'; did you mean 'command'?",
    "phases/terminate.yaml:1:21: shell has no argument 'chdr'; did you mean 'chdir'?",
  ])
    expect(result.stderr).toContain(told);
  const definition = await validate({
    "platforms/one.yaml": `${good["platforms/one.yaml"].replace("src: /no/image", "sorc: /no/image")}  ram: -5\n  net: { type: token }\n`,
  });
  expect(definition).toMatchObject({ code: 2, stdout: "" });
  for (const told of [
    "one.yaml:5:32: callback 'fetch' has no argument 'sorc'",
    "one.yaml:8:3: 'ram' of the VM definition is too small",
    "one.yaml:9:10: 'net.type' of the VM definition must be one of",
  ])
    expect(definition.stderr).toContain(told);
  const within = await validate({
    "platforms/one.yaml": `${good["platforms/one.yaml"].replace("src: /no/image", "sorc: /no/image").replace("metadata:", "metadata:\n    hostname: [a]")}`,
  });
  expect(within.stderr).toContain("'metadata.hostname' of the VM definition");
  expect(within.stderr).toContain("one.yaml:6:32: callback 'fetch' has no argument 'sorc'");
});
