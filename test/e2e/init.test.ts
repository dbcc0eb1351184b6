import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { quoteCommand } from "../../src/transport/quote.js";
import { farm, writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { tinyProject } from "../lab/tiny-project.js";

const exec = promisify(execFile);
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let lab: LabHypervisors;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-init-"));
  lab = await startHypervisors(1);
});
afterAll(async () => {
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
});

const init = (...options: string[]) =>
  farm(["init", "project", ...options], { cwd: directory, home: lab.farmHome });

test("what it writes runs, on a hypervisor that doctor finds ready", async () => {
  const server = await imageServer();
  try {
    const { path, sha256 } = await tinyImage();
    server.on("/tiny.qcow2", serveFile(path));
    const image = { url: `${server.url}/tiny.qcow2`, sha256 };
    // Definitions of the user's own are there already; the key stands in ssh_config.
    const own = tinyProject({ lab, image, platforms: ["tiny"], phases: {} });
    const definitions = Object.entries(own).filter(([name]) => /^(platforms|targets)\//.test(name));
    await writeProject(join(directory, "project"), Object.fromEntries(definitions));
    await writeProject(lab.farmHome, { ".ssh/config": `IdentityFile ${lab.clientKeyPath}\n` });
    const [user] = lab.hypervisors.map((hypervisor) => hypervisor.user);
    const where = `${user}@127.0.0.1:${lab.port}`;
    const made = await init("--platform", "tiny", "--target", "amd64", "--hypervisor", where, "--yes");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("farm run -i inventory.yaml");

    const place = { cwd: join(directory, "project"), home: lab.farmHome };
    const results = [];
    for (const command of ["validate", "doctor", "plan", "run"])
      results.push(await farm([command, "-i", "inventory.yaml"], place));
    expect(
      results.map(({ code }) => code),
      results.map(({ stdout }) => stdout).join("\n"),
    ).toEqual([0, 0, 0, 0]);
    expect(results[3]?.stdout).toMatch(/1 of 1 VM passed/);

    const again = await init("--platform", "tiny", "--target", "amd64", "--yes");
    expect(again.stderr).toMatch(
      /inventory\.yaml, phases\/dependencies\.yaml, phases\/main\.yaml are there already/,
    );
    expect(again.code).toBe(2);
  } finally {
    await server.close();
  }
});

test("it asks on a terminal, and Enter takes the default", async () => {
  const answers = "my project\n\n\nme@tower.lan\n";
  const command = quoteCommand([process.execPath, cli, "init", "asked"]);
  const asking = exec("script", ["-qec", command, "/dev/null"], { cwd: directory });
  asking.child.stdin?.end(answers);
  const { stdout } = await asking;
  expect(stdout).toMatch(/Name of the project \[asked\]: [\s\S]*Platforms \(.*debian_12.*\) \[debian_12\]: /);
  const inventory = await readFile(join(directory, "asked/inventory.yaml"), "utf8");
  expect(inventory).toContain('project_id: "my project"');
  expect(inventory).toContain("platforms: [debian_12]");
  expect(inventory).toContain("tower: { ansible_host: tower.lan, ansible_user: me }");
});

test.each([
  [["--platform", "debain_12", "--yes"], /no platform 'debain_12'; did you mean 'debian_12'\?/],
  [["--target", "../x", "--yes"], /'\.\.\/x' cannot be a target/],
  [["--hypervisor", "a b", "--yes"], /'a b' is no hypervisor/],
  [[], /standard input is no terminal\n.*--yes/],
])("%j is refused, and nothing is written", async (options, message) => {
  const { code, stderr } = await farm(["init", "none", ...options], { cwd: directory, home: lab.farmHome });
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
  expect(await readdir(directory)).not.toContain("none");
});
