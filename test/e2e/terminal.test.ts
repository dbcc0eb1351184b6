import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { farm, writeProject } from "../lab/farm.js";
import { serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { type LabTerminal, startTerminal } from "../lab/terminal.js";
import { startTinyFarm, type TinyFarm } from "../lab/tiny-farm.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let tiny: TinyFarm;
let terminal: LabTerminal | undefined;

const TALK = `- name: Talk and wait
  shell: for i in 1 2 3; do echo line $i; done; while [ ! -e /tmp/go ]; do sleep 1; done
- command: 'true'
`;
const BREAK = `- shell: echo made by main >/root/made
- name: Break
  command: 'false'
`;

beforeAll(async () => {
  tiny = await startTinyFarm(1, { platforms: ["one", "two"], phases: { main: TALK } });
});
afterAll(async () => {
  await terminal?.close();
  await tiny.stop();
});

/** What is printed behind the end of farm is in the terminal, which stays. */
async function runIn(size: { readonly columns: number; readonly rows: number }, options: readonly string[]) {
  await terminal?.close();
  const argv = ["sh", "-c", 'trap : INT; "$@"; echo "exit $?"; exec cat', "sh", process.execPath, cli];
  terminal = await startTerminal({
    ...{ ...size, cwd: tiny.cwd },
    argv: [...argv, "run", "-i", "inventory.yaml", ...options],
    env: { HOME: tiny.place.home, XDG_STATE_HOME: "", XDG_DATA_HOME: "", SSH_AUTH_SOCK: "" },
  });
  return terminal;
}

test("a run on a terminal is shown live, and Ctrl-C leaves the terminal as it was", async () => {
  // The image comes when the startup has been seen.
  let send = (): void => undefined;
  const seen = new Promise<void>((resolve) => {
    send = resolve;
  });
  const { path } = await tinyImage();
  tiny.server.on("/tiny.qcow2", (...request) => void seen.then(() => serveFile(path)(...request)));
  const terminal = await runIn({ columns: 100, rows: 24 }, ["--limit", "one_amd64"]);
  await terminal.until(/^● one_amd64 +hypervisor1 +startup /m);
  send();
  await terminal.until(
    /^● one_amd64 +hypervisor1 +main +\d+:\d\d +[█░]* +0\/2 +Talk and wait$/m,
    /^1 running, .* s$/m,
    /^one_amd64: main: Talk and wait\n│ line 1\n│ line 2\n│ line 3$/m,
  );
  expect(await terminal.hasCursor()).toBe(false);
  await terminal.press("C-c");
  const end = await terminal.until(/exit \d+/);
  expect(end).toMatch(/interrupted: ending the VMs/);
  expect(end).toMatch(/^ {2}one_amd64 {2}interrupted/m);
  expect(end).toMatch(/0 of 1 VM passed in .*, exit code 130\nlogs: [^●│]*\nexit 130$/);
  expect(end).not.toMatch(/^● |│ line/m);
  // What the user stopped did not fail.
  expect(end).not.toMatch(/FAILED|warning/);
  await expect.poll(() => terminal.hasCursor()).toBe(true);
  await expectNothingLeft(...tiny.lab.hypervisors);
});

const SHELL = ["--on-failure", "shell"];

test("the first VM that fails gives a shell, its keys are the guest's; then the run goes on and ends", async () => {
  const terminate = "- debug: { msg: 'terminate saw {{ vm.metadata.name }}' }\n";
  await writeProject(tiny.cwd, { "phases/main.yaml": BREAK, "phases/terminate.yaml": terminate });
  const terminal = await runIn({ columns: 100, rows: 30 }, SHELL);
  const opened = await terminal.until(/ (one|two)_amd64 this is a shell in it: [\s\S]*#$/);
  const [, vm = ""] = /(\w+) this is a shell/.exec(opened) ?? [];
  expect(opened).toMatch(/main: Break FAILED/);
  expect(opened).not.toMatch(/^● /m);
  expect(await terminal.hasCursor()).toBe(true);
  await terminal.type("cat /root/made; stty size");
  await terminal.until(/^made by main\n30 100$/m);
  await terminal.type(`sh -c 'echo as""leep; sleep 1000'`);
  await terminal.until(/^asleep$/m);
  await terminal.press("C-c");
  await terminal.type("echo status $?");
  const during = await terminal.until(/^status 130$/m);
  // The other VM has its own way, behind the shell.
  expect(during.match(/this is a shell/g)).toHaveLength(1);
  expect(during).not.toMatch(/interrupt/);
  await terminal.type("exit");
  await terminal.until(/^exit \d+$/m);
  const seen = await terminal.history();
  expect(seen).toMatch(new RegExp(`${vm} the run goes on \\(`));
  expect(seen).toMatch(/terminate saw one_amd64/);
  expect(seen).toMatch(/terminate saw two_amd64/);
  expect(seen.match(/this is a shell/g)).toHaveLength(1);
  expect(seen).toMatch(/0 of 2 VMs passed in .*, exit code 1\nlogs: .*\nexit 1$/);
  await expect.poll(() => terminal.hasCursor()).toBe(true);
  await expectNothingLeft(...tiny.lab.hypervisors);
});

test("without a terminal nothing is begun", async () => {
  const { code, stdout, stderr } = await farm(["run", "-i", "inventory.yaml", ...SHELL], tiny.place);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    "farm: --on-failure shell: neither stdin nor stdout may be redirected, the terminal is theirs\n",
  );
});
