import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { type LabTerminal, startTerminal } from "../lab/terminal.js";
import { tinyProject } from "../lab/tiny-project.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let lab: LabHypervisors;
let server: ImageServer;
let cwd: string;
let terminal: LabTerminal | undefined;

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  const main = `- shell: echo made by main >/root/made
- name: Break
  command: 'false'
`;
  const terminate = "- debug: { msg: 'terminate saw {{ vm.metadata.name }}' }\n";
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  const phases = { main, terminate };
  await writeProject(cwd, tinyProject({ lab, image, platforms: ["one", "two"], phases }));
});
afterAll(async () => {
  await terminal?.close();
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

const RUN = ["run", "-i", "inventory.yaml", "--on-failure", "shell"];

test("the first VM that fails gives a shell, its keys are the guest's; then the run goes on and ends", async () => {
  const argv = ["sh", "-c", 'trap : INT; "$@"; echo "exit $?"; exec cat', "sh", process.execPath, cli];
  terminal = await startTerminal({
    ...{ columns: 100, rows: 30, cwd },
    argv: [...argv, ...RUN],
    env: { HOME: lab.farmHome, XDG_STATE_HOME: "", XDG_DATA_HOME: "", SSH_AUTH_SOCK: "" },
  });
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
  await expect.poll(() => terminal?.hasCursor()).toBe(true);
  await expectNothingLeft(...lab.hypervisors);
});

test("without a terminal nothing is begun", async () => {
  const { code, stdout, stderr } = await farm(RUN, { cwd, home: lab.farmHome });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    "farm: --on-failure shell: neither stdin nor stdout may be redirected, the terminal is theirs\n",
  );
});
