import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runReporters } from "../../../../src/commands/run/run-reporters.js";
import { noCommands, noCommandsInJson } from "../../../../src/report/ci/no-commands.js";
import { CI_EVENTS, NASTY, shown } from "../../../fakes/ci-events.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-ci-"));
});
afterEach(() => rm(directory, { recursive: true }));

type Format = "text" | "json" | "tap";

/** What a run prints in a CI, and its summary. */
async function printed(env: Record<string, string>, format: Format = "text", ci: "auto" | "off" = "auto") {
  const summaryFile = join(directory, "summary.md");
  const said = { stdout: "", stderr: "" };
  const context = {
    stdout: (text: string) => {
      said.stdout += text;
    },
    stderr: (text: string) => {
      said.stderr += text;
    },
    terminal: false,
    stop: new AbortController().signal,
    exit: () => undefined,
  };
  const all = {
    ...env,
    GITHUB_STEP_SUMMARY: summaryFile,
    CI_PROJECT_DIR: directory,
    GITHUB_WORKSPACE: process.cwd(),
  };
  const reporters = runReporters({ inventory: "inv.yaml", format, ci }, context, {
    runs: directory,
    logs: { on: () => undefined },
    env: all,
  });
  for (const reporter of reporters) await shown(reporter);
  const summary = await readFile(summaryFile, "utf8").catch(() => undefined);
  return { ...said, summary };
}

const GITHUB = { GITHUB_ACTIONS: "true" };
const GITLAB = { GITLAB_CI: "true" };

/** The lines that GitHub's runner takes for commands: `::` where a line begins, `##[` anywhere. */
const commandsOf = (text: string): string[] =>
  text.split(/\r\n|\r|\n/).filter((line) => line.trimStart().startsWith("::") || /##(\[|vso\[)/.test(line));

describe("GitHub Actions", () => {
  test("an error for each VM that did not pass, at its task; a warning for a flaky one", async () => {
    const { stdout } = await printed(GITHUB);
    const annotations = commandsOf(stdout).filter((line) => /^::(error|warning) /.test(line));
    expect(annotations).toHaveLength(6);
    expect(annotations[0]).toBe(
      "::error file=phases/main.yaml,line=3,col=5,title=bad & <sad> failed in main::task 'Test' failed: no",
    );
    expect(annotations.filter((line) => line.startsWith("::warning"))).toHaveLength(2);
    expect(annotations.at(-2)).toMatch(
      /^::warning file=.*title=flaky flaky in main::passed at attempt 2; before/,
    );
  });

  test("nothing that a guest printed is a command", async () => {
    for (const format of ["text", "json", "tap"] as const) {
      const { stdout, stderr } = await printed(GITHUB, format);
      const ours =
        /^::(group::(farm run|[\w &<>]+ (failed|flaky|broken): )|endgroup::$|(error|warning) (file|title)=)/;
      const others = [...commandsOf(stdout), ...commandsOf(stderr)].filter((line) => !ours.test(line));
      expect(others, format).toEqual([]);
      expect(stdout).not.toContain("##[");
    }
  });

  test("JSON lines stay what they are, annotations go to stderr", async () => {
    const { stdout, stderr } = await printed(GITHUB, "json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(CI_EVENTS.map(({ type }) => type));
    expect(events.find(({ type, task }) => type === "task-ended" && task === "Test").result.stdout).toBe(
      JSON.parse(JSON.stringify(NASTY)),
    );
    expect(commandsOf(stderr)).toHaveLength(6);
  });

  test("the summary is a table in which nothing of a guest's is markup", async () => {
    const { summary } = await printed(GITHUB);
    expect(summary).toMatch(/^### ❌ farm: p\n\n2 passed, 2 flaky, 2 broken, 2 failed in /);
    const rows = summary?.split("\n").filter((line) => line.startsWith("| ")) ?? [];
    expect(rows).toHaveLength(1 + 8);
    for (const row of rows) expect(row.split("|")).toHaveLength(7);
    const markup = summary?.replaceAll(/<\/?(details|summary|pre)>/g, "");
    expect(markup).not.toMatch(/[<`@]|&amp;/);
  });

  test("off: no commands, sections or summary, and what guests print is none all the same", async () => {
    const { stdout, stderr, summary } = await printed(GITHUB, "text", "off");
    expect(commandsOf(stdout + stderr)).toEqual([]);
    expect(summary).toBeUndefined();
  });
});

describe("GitLab CI", () => {
  test("sections that begin and end, once each, and none of a guest's", async () => {
    const { stdout, summary } = await printed(GITLAB);
    const markers = [...stdout.matchAll(/section_(start|end):(\d+):([\w.-]+)/g)].map(
      ([, verb, , name]) => `${verb} ${name}`,
    );
    const names = ["farm_run", "farm_vm_1", "farm_vm_3", "farm_vm_5"];
    expect(markers).toEqual(names.flatMap((name) => [`start ${name}`, `end ${name}`]));
    expect(stdout).toContain("\u001b[0Ksection_start:0:farm_run\r\u001b[0Kfarm run of p\n");
    expect(summary).toBeUndefined();
  });

  test("the JUnit report is written where the job finds it", async () => {
    await printed(GITLAB);
    expect(await readFile(join(directory, "farm-junit.xml"), "utf8")).toContain('<testsuite name="good"');
  });
});

test("elsewhere nothing is written for a CI", async () => {
  const { stdout, summary } = await printed({});
  expect(stdout).not.toMatch(/::(group|endgroup)|\x5b0Ksection|^::error (file|title)/m);
  expect(summary).toBeUndefined();
});

test.each([
  ["::error::x", ": :error::x"],
  ["a\n \t::add-mask::x\n::", "a\n \t: :add-mask::x\n: :"],
  ["x ##[group]", "x # #[group]"],
  ["\u001b[0Ksection_start:1:x\r", "\u001b[0Ksection _start:1:x\r"],
  ["a::b, ## heading, section_startle", "a::b, ## heading, section_startle"],
])("%j is shown as %j", (text, clean) => expect(noCommands(text)).toBe(clean));

test("JSON keeps its value", () => {
  const json = JSON.stringify({ text: NASTY });
  expect(noCommandsInJson(json)).not.toMatch(/##\[|section_(start|end)/);
  expect(JSON.parse(noCommandsInJson(json))).toEqual(JSON.parse(json));
});
