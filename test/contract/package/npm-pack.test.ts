import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeProject } from "../../lab/farm.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

let cwd: string;
let directory: string;

// What a user gets: the package, installed in an empty directory. It holds what was built.
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-pack-"));
  cwd = join(directory, "empty");
  await run("npm", ["pack", "--silent", "--pack-destination", directory, ROOT]);
  const [tarball = ""] = await readdir(directory);
  await writeProject(cwd, {
    "package.json": '{ "private": true }\n',
    "inv.yaml": `all:
  hosts:
    localhost: { config: { permutations: { targets: [amd64], platforms: [debian_12] } } }
  children:
    hypervisors: { hosts: { localhost: { ansible_connection: local } } }
    vms: { vars: { project_id: x, phases_lookup_dir_path: phases } }
`,
    "phases/main.yaml": "- ping:\n",
  });
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", join(directory, tarball)], {
    cwd,
  });
}, 300_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** By npx, with nothing but the package. */
const farm = async (...argv: string[]) => (await run("npx", ["--no", "--", "farm", ...argv], { cwd })).stdout;

test("it says its version, and finds the definitions, schemas and modules that come with it", async () => {
  expect(await farm("--version")).toMatch(
    /^farm \d+\.\d+\.\d+\nnode \d+\.\d+\.\d+ on linux \w+, ssh2 \d\S*, minijinja-js \d\S*, yaml \d\S*, zod \d\S*\n$/,
  );
  expect(await farm("validate", "-i", "inv.yaml")).toBe("nothing wrong: 1 VM, 1 hypervisor, 1 phase file\n");
  expect(await farm("apply", "phases/main.yaml")).toMatch(/1 ok/);
});

test("it holds what users need and nothing of the workshop", async () => {
  const held = (await readdir(join(cwd, "node_modules/farm"))).sort();
  expect(held).toEqual(expect.arrayContaining(["dist", "docs", "platforms", "schemas", "targets"]));
  for (const name of ["src", "test", "scripts", ".npmrc", "package-lock.json"])
    expect(held).not.toContain(name);
});
