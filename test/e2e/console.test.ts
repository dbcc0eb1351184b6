import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FarmPlace, farm, writeProject } from "../lab/farm.js";
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
const terminals: LabTerminal[] = [];

/** The tiny guest has no getty of its own. */
const INIT = `- shell: |
    sed -i 's/^root:x:/root::/' /etc/passwd
    echo 'ttyS0::respawn:/sbin/getty -L ttyS0 115200 vt100' >>/etc/inittab
    kill -HUP 1
`;

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  cwd = await mkdtemp(join(tmpdir(), "farm-console-"));
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  await writeProject(cwd, tinyProject({ lab, image, platforms: ["one"], phases: { init: INIT } }));
  await keep();
});
afterAll(async () => {
  for (const terminal of terminals) await terminal.close();
  await farm(["down", "-i", "inventory.yaml"], place());
  await farm(["down", "-i", "inventory.yaml", "--instance", "second"], place());
  await expectNothingLeft(...lab.hypervisors);
  await server.close();
  await lab.stop();
  await rm(cwd, { recursive: true, force: true });
});

const place = (): FarmPlace => ({ cwd, home: lab.farmHome });
async function keep(...options: string[]) {
  const kept = await farm(["run", "-i", "inventory.yaml", "--keep", ...options], place());
  expect(kept.code, kept.stdout + kept.stderr).toBe(0);
  return kept;
}

/** What ends in the terminal says so, and the terminal stays. */
async function openConsole(...options: string[]): Promise<LabTerminal> {
  const argv = ["sh", "-c", '"$@"; echo "exit $?"; exec cat', "sh", process.execPath, cli, "console"];
  const terminal = await startTerminal({
    ...{ columns: 80, rows: 24, cwd },
    argv: [...argv, "one_amd64", "-i", "inventory.yaml", ...options],
    env: { HOME: lab.farmHome, XDG_STATE_HOME: "", XDG_DATA_HOME: "", SSH_AUTH_SOCK: "" },
  });
  terminals.push(terminal);
  return terminal;
}

/** A key that comes before virsh has the terminal is lost, so that Enter is pressed until it is answered. */
async function untilPrompt(terminal: LabTerminal): Promise<void> {
  await terminal.until(/one_amd64: its console; \^\] leaves it/);
  await expect
    .poll(
      async () => {
        await terminal.press("Enter");
        return terminal.screen();
      },
      { timeout: 120_000, interval: 1_000 },
    )
    .toMatch(/one-amd64 login:/);
}

const consoleLog = async () => {
  const [hypervisor] = lab.hypervisors;
  const [path] = `${await hypervisor?.as("find", hypervisor.pool, "-name", "console.log")}`.split("\n");
  return `${await hypervisor?.as("cat", path ?? "")}`;
};

test("the login prompt is seen and typed at, one at a time, and ^] leaves; all of it is in the log", async () => {
  const terminal = await openConsole();
  await untilPrompt(terminal);
  await terminal.type("root");
  // Somewhere above may stand what the SSH server says on the console of those who came too soon.
  await terminal.until(/^\S+ #/m);
  await terminal.type("echo typed-$((40 + 2)); stty -a | head -n 1");
  await terminal.until(/^typed-42$/m);
  const other = await openConsole();
  const refused = await other.until(/exit \d+/);
  expect(refused).toMatch(
    /the console of 'one_amd64' on 'hypervisor1' is in use by somebody else\n[\s\S]*exit 3$/,
  );
  // Ctrl-C is the guest's.
  await terminal.type(`sh -c 'echo as""leep; sleep 1000'`);
  await terminal.until(/^asleep$/m);
  await terminal.press("C-c");
  await terminal.type("echo status $?");
  await terminal.until(/^status 130$/m);
  await terminal.press("C-]");
  await terminal.until(/^exit 0$/m);
  await terminal.type("echoed by the terminal");
  await terminal.until(/echoed by the terminal/);
  // It is written by a daemon, which need not be as quick as the terminal.
  await expect
    .poll(consoleLog)
    .toMatch(/tiny guest: ready[\s\S]*one-amd64 login: [\s\S]*typed-42[\s\S]*status 130/);
});

test("a guest that was restored, as itself or under another name, has its console too", async () => {
  await farm(["down", "-i", "inventory.yaml"], place());
  const again = await keep();
  const second = await keep("--instance", "second");
  for (const { stdout } of [again, second]) expect(stdout).toMatch(/restore init: restore init-\S+ ok/);
  for (const options of [[], ["--instance", "second"]]) {
    const terminal = await openConsole(...options);
    await untilPrompt(terminal);
    await terminal.press("C-]");
    await terminal.until(/^exit 0$/m);
  }
});

test("without a terminal, and of a VM that is off or is not meant, a console says why there is none", async () => {
  const piped = await farm(["console", "one_amd64", "-i", "inventory.yaml"], place());
  expect([piped.code, piped.stderr]).toEqual([
    2,
    expect.stringMatching(
      /^farm: a console: neither stdin nor stdout may be redirected.*\n {2}hint: `farm logs one_amd64/,
    ),
  ]);
  await farm(["stop", "one_amd64", "-i", "inventory.yaml", "--force"], place());
  const off = await openConsole();
  expect(await off.until(/exit \d+/)).toMatch(/'one_amd64' on 'hypervisor1' is shut off\n[\s\S]*exit 3$/);
});
