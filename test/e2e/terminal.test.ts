import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { startTerminal } from "../lab/terminal.js";
import { tinyProject } from "../lab/tiny-project.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let lab: LabHypervisors;
let server: ImageServer;
let cwd: string;

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  const main = `- name: Talk and wait
  shell: for i in 1 2 3; do echo line $i; done; while [ ! -e /tmp/go ]; do sleep 1; done
- command: 'true'
`;
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  await writeProject(cwd, tinyProject({ lab, image, platforms: ["one"], phases: { main } }));
});
afterAll(async () => {
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

test("a run on a terminal is shown live, and Ctrl-C leaves the terminal as it was", async () => {
  const argv = ["sh", "-c", 'trap : INT; "$@"; echo "exit $?"; exec cat', "sh", process.execPath, cli];
  const terminal = await startTerminal({
    ...{ columns: 100, rows: 24, cwd },
    argv: [...argv, "run", "-i", "inventory.yaml"],
    env: { HOME: lab.farmHome, XDG_STATE_HOME: "", XDG_DATA_HOME: "", SSH_AUTH_SOCK: "" },
  });
  try {
    await terminal.until(/^● one_amd64 +hypervisor1 +startup /m);
    const main = await terminal.until(/│ line 3/);
    expect(main).toMatch(/^● one_amd64 +hypervisor1 +main +\d+:\d\d +[█░]* +0\/2 +Talk and wait$/m);
    expect(main).toMatch(/^1 running, .* s$/m);
    expect(main).toMatch(/^one_amd64: main: Talk and wait\n│ line 1\n│ line 2\n│ line 3$/m);
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
  } finally {
    await terminal.close();
  }
  await expectNothingLeft(...lab.hypervisors);
});
