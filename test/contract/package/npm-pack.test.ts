import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeProject } from "../../lab/farm.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** That one calls itself so: see the test below. */
const NEWEST_LTS = 24;
const NODE = `node-${process.platform}-${process.arch}`;

let cwd: string;
let directory: string;
let lts: string;

const npmInstall = (where: string, ...packages: string[]) =>
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], { cwd: where });

// What a user gets: the package, installed in an empty directory. It holds what was built.
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-pack-"));
  cwd = join(directory, "empty");
  await run("npm", ["pack", "--silent", "--pack-destination", directory, ROOT]);
  const [tarball = ""] = await readdir(directory);
  await writeProject(directory, {
    "empty/package.json": '{ "private": true }\n',
    "lts/package.json": '{ "private": true }\n',
    "empty/inv.yaml": `all:
  hosts:
    localhost: { config: { permutations: { targets: [amd64], platforms: [debian_12] } } }
  children:
    hypervisors: { hosts: { localhost: { ansible_connection: local } } }
    vms: { vars: { project_id: x, phases_lookup_dir_path: phases } }
`,
    "empty/phases/main.yaml": "- ping:\n",
  });
  // Not beside the package: `npx` would take its `node` for farm's.
  const other = join(directory, "lts");
  await npmInstall(other, "--ignore-scripts", `${NODE}@${NEWEST_LTS}`);
  lts = join(other, "node_modules", NODE, "bin");
  await npmInstall(cwd, join(directory, tarball));
}, 300_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** By npx, with nothing but the package. @param first is searched for Node before all else */
const farm = async (first: string, ...argv: string[]) => {
  const env = { ...process.env, PATH: `${first}${delimiter}${process.env["PATH"]}` };
  return (await run("npx", ["--no", "--", "farm", ...argv], { cwd, env })).stdout;
};

describe.each([
  ["this machine's Node", Number.parseInt(process.versions.node, 10), () => dirname(process.execPath)],
  ["the newest LTS of Node", NEWEST_LTS, () => lts],
])("on %s", (_, major, path) => {
  test("it says its version, and finds the definitions, schemas and modules that come with it", async () => {
    const version = await farm(path(), "--version");
    expect(version).toMatch(
      /^farm \d+\.\d+\.\d+\nnode \d+\.\d+\.\d+ on linux \w+, ssh2 \d\S*, minijinja-js \d\S*, yaml \d\S*, zod \d\S*\n$/,
    );
    expect(Number(/node (\d+)/.exec(version)?.[1])).toBe(major);
    expect(await farm(path(), "validate", "-i", "inv.yaml")).toBe(
      "nothing wrong: 1 VM, 1 hypervisor, 1 phase file\n",
    );
    expect(await farm(path(), "apply", "phases/main.yaml")).toMatch(/1 ok/);
  });
});

test("the other Node has long-term support", async () => {
  const { stdout } = await run(join(lts, "node"), ["--print", "typeof process.release.lts"]);
  expect(stdout).toBe("string\n");
});

test("it holds what users need and nothing of the workshop", async () => {
  const held = (await readdir(join(cwd, "node_modules/farm"))).sort();
  expect(held).toEqual(expect.arrayContaining(["dist", "docs", "platforms", "schemas", "targets"]));
  for (const name of ["src", "test", "scripts", ".npmrc", "package-lock.json"])
    expect(held).not.toContain(name);
});
