import { execFile } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blockinfile } from "../../../src/tasks/modules/blockinfile.js";
import { iniFile } from "../../../src/tasks/modules/ini-file.js";
import { lineinfile } from "../../../src/tasks/modules/lineinfile.js";
import { replace } from "../../../src/tasks/modules/replace.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { hasAnsible } from "../../lab/ansible.js";
import { busyboxPath, hasBusybox } from "../../lab/busybox-path.js";
import { runModule } from "../../lab/module-machine.js";
import {
  BLOCK_CASES,
  type EditCase,
  INI_CASES,
  LINE_CASES,
  REPLACE_CASES,
} from "../../unit/tasks/text-edit/edit-cases.js";

let scratch: string;
let path: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "farm-lines-"));
  path = join(scratch, "a 'file' $1");
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const KINDS = [
  { kind: "this machine's tools", shell: () => localShell({ name: "here" }), there: true },
  {
    kind: "busybox alone",
    shell: () =>
      localShell({ name: "small", env: { PATH: busyboxPath(join(scratch, "bin")) }, home: scratch }),
    there: hasBusybox,
  },
];

describe.each(KINDS.filter(({ there }) => there))("files are edited by $kind", ({ shell: start }) => {
  let shell: Shell;
  beforeEach(() => {
    shell = start();
  });
  afterEach(() => shell.close());

  it.each([
    { module: lineinfile, args: { line: 'it\'s "two" $x' }, after: 'one\nit\'s "two" $x\n' },
    { module: lineinfile, args: { regexp: "^one", state: "absent" }, after: "" },
    {
      module: blockinfile,
      args: { block: "a\nb", marker: "// {mark}" },
      after: "one\n// BEGIN\na\nb\n// END\n",
    },
    { module: replace, args: { regexp: "o(.)", replace: "\\1\\1" }, after: "nne\n" },
    { module: iniFile, args: { section: "s", option: "o", value: "v" }, after: "one\n[s]\no = v\n" },
  ])("$module.name, once: $args", async ({ module, args, after }) => {
    writeFileSync(path, "one\n");
    chmodSync(path, 0o640);
    const checked = await runModule(module, { path, ...args }, shell, { check: true, diff: true });
    expect(checked).toMatchObject({ changed: true, diff: { before: "one\n", after } });
    expect(readFileSync(path, "utf8")).toBe("one\n");
    expect(await runModule(module, { path, ...args }, shell)).toMatchObject({ changed: true });
    expect(readFileSync(path, "utf8")).toBe(after);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(await runModule(module, { path, ...args }, shell)).toMatchObject({ changed: false });
  });

  it("makes a file and its directories", async () => {
    const deep = join(scratch, "new dir", "deeper", "f");
    const args = { path: deep, line: "x", create: true, mode: "0600" };
    expect(await runModule(lineinfile, args, shell, { check: true })).toMatchObject({ changed: true });
    expect(() => statSync(join(scratch, "new dir"))).toThrow("ENOENT");
    expect(await runModule(lineinfile, args, shell)).toMatchObject({ changed: true, msg: "line added" });
    expect(readFileSync(deep, "utf8")).toBe("x\n");
    expect(statSync(deep).mode & 0o777).toBe(0o600);
    expect(await runModule(lineinfile, args, shell)).toMatchObject({ changed: false, msg: "" });
  });

  it("keeps every byte of a file that is no UTF-8", async () => {
    writeFileSync(path, Buffer.from([0x61, 0xff, 0x00, 0x0a, 0xe9, 0x0a]));
    const args = { path, line: "gr\u00f6\u00dfe" };
    expect(await runModule(lineinfile, args, shell)).toMatchObject({ changed: true });
    const expected = Buffer.concat([
      Buffer.from([0x61, 0xff, 0x00, 0x0a, 0xe9, 0x0a]),
      Buffer.from("gr\u00f6\u00dfe\n"),
    ]);
    expect(readFileSync(path).equals(expected)).toBe(true);
    expect(await runModule(lineinfile, args, shell)).toMatchObject({ changed: false });
  });

  it("edits what a link leads to", async () => {
    const link = join(scratch, "link");
    writeFileSync(path, "one\n");
    symlinkSync(path, link);
    await runModule(lineinfile, { path: link, line: "two" }, shell);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  });

  it("keeps the old file, and puts nothing in place that is refused", async () => {
    writeFileSync(path, "one\n");
    const refused = { path, line: "two", validate: "grep three %s" };
    expect(await runModule(lineinfile, refused, shell)).toMatchObject({ failed: true });
    expect(readFileSync(path, "utf8")).toBe("one\n");
    const done = await runModule(lineinfile, { ...refused, line: "three", backup: true }, shell);
    expect(done).toMatchObject({ changed: true, msg: "line added" });
    expect(readFileSync(String(done["backup"]), "utf8")).toBe("one\n");
  });

  it("changes the mode alone", async () => {
    writeFileSync(path, "one\n");
    chmodSync(path, 0o644);
    const args = { path, line: "one", mode: "0600" };
    const msg = "ownership, perms or SE linux context changed";
    expect(await runModule(lineinfile, args, shell)).toMatchObject({ changed: true, msg });
    expect(await runModule(lineinfile, args, shell)).toMatchObject({ changed: false, msg: "" });
  });

  it("says that a directory is no file", async () => {
    mkdirSync(path);
    const result = await runModule(replace, { path, regexp: "a" }, shell);
    expect(result).toMatchObject({ failed: true, msg: expect.stringContaining("is a directory") });
  });
});

/** Runs Ansible's own module on a text, for each line of JSON on stdin; prints its results as a list. */
const ANSIBLE_EDITS = `
import importlib, io, json, os, sys
from ansible.module_utils import basic
path = sys.argv[1]
done = []
for module, args, before in json.load(sys.stdin):
    with open(path, "w", newline="") as file:
        file.write(before)
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": dict(args, path=path)}).encode()
    kept, sys.stdout = sys.stdout, io.StringIO()
    try:
        importlib.import_module(module).main()
    except SystemExit:
        said = json.loads(sys.stdout.getvalue())
    finally:
        sys.stdout = kept
    done.append({"after": open(path, newline="").read(), "msg": said.get("msg")})
print(json.dumps(done))
`;

interface AnsibleEdit {
  readonly after: string;
  readonly msg: string;
}

function ansibleEdits(module: string, cases: readonly EditCase[]): Promise<AnsibleEdit[]> {
  const work = cases.map(({ args, before }) => [module, args, before]);
  return new Promise((resolve, reject) => {
    const child = execFile("/usr/bin/python3", ["-c", ANSIBLE_EDITS, path], (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve(JSON.parse(stdout) as AnsibleEdit[]),
    );
    child.stdin?.end(JSON.stringify(work));
  });
}

/** What the table says of Ansible; `prepend_newline` and its like are younger than some. */
const expected = ({ what, before, after = before, msg = "", ansible }: EditCase) =>
  ansible === undefined ? { what, after, msg } : { what, after: ansible };

async function agrees(module: string, cases: readonly EditCase[]): Promise<void> {
  const theirs = await ansibleEdits(module, cases);
  expect(
    cases.map(({ what, ansible }, index) => ({
      what,
      after: theirs[index]?.after,
      ...(ansible === undefined && { msg: theirs[index]?.msg }),
    })),
  ).toEqual(cases.map(expected));
}

// CI has Ansible: there, its lack is a failure.
describe.runIf(hasAnsible || process.env["CI"])("the tables of edits say what Ansible does", () => {
  it("lineinfile", () => agrees("ansible.modules.lineinfile", LINE_CASES));
  it("blockinfile", () => agrees("ansible.modules.blockinfile", BLOCK_CASES));
  it("replace", () => agrees("ansible.modules.replace", REPLACE_CASES));
});

/** The collection is no part of Ansible's core; older ones lack arguments of the table. */
const INI_FILE = "ansible_collections.community.general.plugins.modules.ini_file";
const hasIniFile = await new Promise<boolean>((resolve) => {
  const check = `import ${INI_FILE} as m; assert "section_has_values" in m.DOCUMENTATION`;
  execFile("/usr/bin/python3", ["-c", check], (error) => resolve(!error));
});

describe.runIf(hasIniFile)("the table of edits says what the collection does", () => {
  it("ini_file", () => agrees(INI_FILE, INI_CASES));
});
