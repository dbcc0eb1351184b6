import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { writeProject } from "../lab/farm.js";
import { type LabHypervisors, startHypervisors } from "../lab/hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "../lab/image-server.js";
import { tinyImage } from "../lab/images.js";
import { expectNothingLeft } from "../lab/nothing-left.js";
import { tinyProject } from "../lab/tiny-project.js";

const exec = promisify(execFile);
const repository = fileURLToPath(new URL("../../", import.meta.url));

let lab: LabHypervisors;
let server: ImageServer;
let image: { url: string; sha256: string };
let cwd: string;

beforeAll(async () => {
  lab = await startHypervisors(1);
  server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  image = { url: `${server.url}/tiny.qcow2`, sha256 };
});
afterAll(async () => {
  await server.close();
  await lab.stop();
});

/** A repository as `npm ci` leaves it: that step alone is not run, for it asks a registry. */
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "farm-workflow-"));
  const phases = { main: "- shell: echo done > /root/log\n" };
  const vmVars = "artifacts: [/root/log]\n        connection_timeout: 60";
  await writeProject(cwd, tinyProject({ lab, image, platforms: ["one"], phases, vmVars }));
  await writeFile(join(cwd, "package.json"), "{}");
  await mkdir(join(cwd, "home"));
  await mkdir(join(cwd, "node_modules/.bin"), { recursive: true });
  await symlink(join(repository, "dist/cli.js"), join(cwd, "node_modules/.bin/farm"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const workflow = (name: string) => readFile(join(repository, "docs/ci", name), "utf8");

/** Runs one step as its CI does. */
const step = (shell: readonly [string, ...string[]], text: string, env: Record<string, string>) =>
  exec(shell[0], [...shell.slice(1), "-c", text], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: join(cwd, "home"), CI: "true", ...env },
  });

/** What every workflow has to leave. */
async function expectResults(): Promise<void> {
  expect(await readFile(join(cwd, "farm-junit.xml"), "utf8")).toMatch(
    /<testsuite name="one_amd64"[^>]*failures="0"/,
  );
  expect(await readFile(join(cwd, "farm-artifacts/one_amd64/root/log"), "utf8")).toBe("done\n");
  expect(JSON.parse(await readFile(join(cwd, "farm-logs/summary.json"), "utf8"))).toMatchObject({
    exitCode: 0,
  });
  await expectNothingLeft(...lab.hypervisors);
}

const secrets = async () => ({
  FARM_SSH_KEY: await readFile(lab.clientKeyPath, "utf8"),
  FARM_KNOWN_HOSTS: `[127.0.0.1]:${lab.port} ${lab.hostKey}`,
});

/** The same as files, as CIs give them. */
async function secretFiles(): Promise<Record<string, string>> {
  const files = Object.entries(await secrets()).map(async ([name, text]): Promise<[string, string]> => {
    const path = join(cwd, "home", name);
    await writeFile(path, `${text.trimEnd()}\n`, { mode: 0o600 });
    return [name, path];
  });
  return Object.fromEntries(await Promise.all(files));
}

test("GitHub Actions: the steps of github-actions.yml", async () => {
  const { farm } = parse(await workflow("github-actions.yml")).jobs;
  const known: Record<string, string> = { "matrix.shard": farm.strategy.matrix.shard[0] };
  for (const [name, value] of Object.entries(await secrets())) known[`secrets.${name}`] = value;
  const summary = join(cwd, "summary.md");
  const github = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: cwd, GITHUB_STEP_SUMMARY: summary };
  const steps: { run?: string; env?: Record<string, string> }[] = farm.steps;
  const runs = steps.filter(({ run }) => run !== undefined && run !== "npm ci");
  expect(runs).toHaveLength(2);
  for (const { run = "", env = {} } of runs) {
    expect(run).not.toContain("${{");
    const values = Object.entries(env).map(([name, text]): [string, string] => [
      name,
      text.replace(/\$\{\{ (\S+) \}\}/g, (_, expression: string) => known[expression] ?? `no ${expression}`),
    ]);
    await step(["bash", "-e"], run, { ...github, ...Object.fromEntries(values) });
  }
  await expectResults();
  expect(await readFile(summary, "utf8")).toMatch(/1 passed in /);
});

test("GitLab CI: the script of gitlab-ci.yml, and the report where the job looks for it", async () => {
  const { farm } = parse(await workflow("gitlab-ci.yml"));
  const env = {
    GITLAB_CI: "true",
    CI_PROJECT_DIR: cwd,
    CI_NODE_INDEX: "1",
    CI_NODE_TOTAL: String(farm.parallel),
  };
  const files = await secretFiles();
  const { stdout } = await step(["bash", "-eo", "pipefail"], farm.script.join("\n"), { ...env, ...files });
  expect(stdout).toMatch(/section_start:\d+:farm_run[\s\S]*section_end:\d+:farm_run/);
  expect(farm.artifacts.reports.junit).toBe("farm-junit.xml");
  await expectResults();
});

test("Jenkins: the step of Jenkinsfile", async () => {
  const [, text = ""] = /sh '''([\s\S]*?)'''/.exec(await workflow("Jenkinsfile")) ?? [];
  // In Groovy a backslash joins the next line.
  await step(["sh", "-xe"], text.replaceAll("\\\n", ""), {
    JENKINS_URL: "http://localhost/",
    ...(await secretFiles()),
  });
  await expectResults();
});
