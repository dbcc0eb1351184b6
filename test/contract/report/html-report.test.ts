import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { writeReport } from "../../../src/report/html/write-report.js";
import { startBrowser } from "../../lab/browser.js";
import { type ScriptedVm, writeScriptedRun } from "../../lab/written-run.js";

/** Whatever of it were taken for markup would load, run, or show. */
const HOSTILE = `</pre></details><script>window.stolen=1</script><img src="http://127.0.0.1:9/x.png" onerror="window.stolen=1"><style>body{display:none}</style>"'><svg onload=window.stolen=1>\u001b]0;title\u0007 &lt;b&gt;`;

let browser: Browser;
let directory: string;
let report: string;
let pages: Page[] = [];
let complaints: string[] = [];

const vm = (platform: string, more: Partial<ScriptedVm> = {}): ScriptedVm => ({
  platform,
  target: "amd64",
  hypervisor: "h1",
  start: 1_000,
  pace: 2_000,
  tasks: [
    { name: "configure", stdout: "checking for gcc" },
    { name: "run the tests", stdout: "all passed" },
  ],
  ...more,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "farm-report-"));
  const runs = join(directory, "runs");
  const script = { project: "demo", begin: Date.UTC(2026, 10, 27) };
  await writeScriptedRun(runs, {
    ...script,
    run: "20261126-070000-aaaa",
    vms: [vm("debian"), vm("arch"), vm("alpine", { tasks: [{ name: "t", stdout: "", failed: true }] })],
  });
  const failing = [
    { name: "configure", stdout: `${"x".repeat(20_000)}the end` },
    { name: `tests ${HOSTILE}`, stdout: `2 of 9 failed ${HOSTILE}`, failed: true },
  ];
  const run = await writeScriptedRun(runs, {
    ...script,
    run: "20261127-070000-bbbb",
    vms: [
      vm("debian", { tasks: failing, console: `login: ${HOSTILE}` }),
      vm("arch", { pace: 9_000, start: 15_000 }),
      vm("alpine"),
      vm(`<img src=x onerror=window.stolen=1>`, { broken: `no SSH banner ${HOSTILE}` }),
    ],
  });
  const output = join(directory, "out");
  const warn = (warning: string) => complaints.push(warning);
  report = await writeReport({ runDirectory: run, output, runsDirectory: () => runs, warn });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(directory, { recursive: true });
});
afterEach(async () => {
  await Promise.all(pages.map((page) => page.close()));
  const said = complaints;
  pages = [];
  complaints = [];
  expect(said).toEqual([]);
});

/** A page that complains of every message on its console, every error and every request but that for itself. */
async function open(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options);
  pages.push(page);
  const url = pathToFileURL(report).href;
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) complaints.push(request.url());
  });
  await page.goto(url);
  return page;
}

const shownVms = (page: Page) => page.locator("details.vm:visible h3").allTextContents();

test("what guests say never becomes markup", async () => {
  const page = await open();
  expect(await page.evaluate("window.stolen")).toBeUndefined();
  expect(await page.locator("img, iframe, object, body style, main script").count()).toBe(0);
  expect(await page.locator("main script").count()).toBe(0);
  expect(await page.locator("script").count()).toBe(1);
  const said = page.locator("#failures .card.failed pre");
  expect(await said.textContent()).toBe(`2 of 9 failed ${HOSTILE.replace("\u001b]0;title\u0007", "")}`);
});

test("its policy refuses script that would have got in all the same", async () => {
  const page = await open();
  await page.evaluate(
    `document.body.insertAdjacentHTML("beforeend", '<svg onload="window.stolen=1"></svg><img src="http://127.0.0.1:9/x.png">')`,
  );
  const refused = () => complaints.filter((each) => /Content Security Policy/.test(each));
  await expect
    .poll(refused)
    .toEqual([expect.stringMatching(/inline event handler/), expect.stringMatching(/x\.png/)]);
  expect(await page.evaluate("window.stolen")).toBeUndefined();
  complaints = [];
});

test("the matrix, the failures and what changed are told", async () => {
  const page = await open();
  expect(await page.locator("h1").innerText()).toContain("1 failed, 1 could not be tested of 4 VMs");
  expect(await page.locator("table.matrix tbody tr").count()).toBe(4);
  expect(await page.locator("table.matrix .cell.failed").innerText()).toMatch(/failed\s+new/);
  const changes = page.locator("#changes");
  for (const text of ["Newly failing 1", "Fixed 1", "Slower", "arch_amd64"])
    expect((await changes.innerText()).replace(/\s+/g, " ")).toContain(text);
  expect(await page.locator("#timeline [data-of]").count()).toBe(4);
  expect(await page.locator("#trends svg.bars").first().getAttribute("aria-label")).toMatch(/ s, .* s$/);
});

test("the list is searched and filtered, in outputs too", async () => {
  const page = await open();
  expect(await shownVms(page)).toHaveLength(4);
  await page.keyboard.press("/");
  await page.keyboard.type("2 of 9 FAILED");
  await expect.poll(() => shownVms(page)).toEqual(["✕debian_amd64"]);
  await page.locator("#vm-1 > summary").click();
  await expect.poll(() => page.locator("#vm-1 details.task:visible").count()).toBe(1);
  await expect.poll(() => page.locator("#shown").textContent()).toBe("1 of 4 shown");
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  await expect.poll(() => shownVms(page)).toHaveLength(4);
  await page.getByRole("radio", { name: "passed 2" }).check();
  await expect.poll(() => shownVms(page)).toEqual(["✓arch_amd64", "✓alpine_amd64"]);
  await expect.poll(() => page.locator("#timeline [data-of]:visible").count()).toBe(2);
});

test("a link of the matrix opens its VM, a task opens on demand, long output says where the rest is", async () => {
  const page = await open();
  await page.locator("table.matrix a", { hasText: "failed" }).click();
  await expect.poll(() => page.locator("#vm-1").getAttribute("open")).toBe("");
  const task = page.locator("#vm-1 details.task", { hasText: "configure" });
  expect(await task.locator("pre").isVisible()).toBe(false);
  await task.locator("summary").focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => task.locator("pre").isVisible()).toBe(true);
  const said = (await task.locator("pre").textContent()) ?? "";
  expect(said).toMatch(/the end$/);
  expect(said).toMatch(/11,815 characters are left out here; all of it is in .*\/main\.log/);
  await page.locator("#vm-1 details.console summary").click();
  await expect.poll(() => page.locator("#vm-1 details.console pre").innerText()).toContain("login: </pre>");
});

test("light and dark follow the system, and the button", async () => {
  const background = (page: Page) => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const light = await background(await open({ colorScheme: "light" }));
  const page = await open({ colorScheme: "dark" });
  const dark = await background(page);
  expect(dark).not.toBe(light);
  await page.getByRole("button", { name: "Light" }).click();
  await expect.poll(() => background(page)).toBe(light);
});

test("on a phone nothing is wider than the screen", async () => {
  const page = await open({ viewport: { width: 360, height: 740 } });
  await page.getByRole("button", { name: "Open all" }).click();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
});

test("it prints what matters, without what only a screen can use", async () => {
  const page = await open();
  await page.emulateMedia({ media: "print" });
  expect(await page.locator("#filter").isVisible()).toBe(false);
  expect(await page.locator("nav").isVisible()).toBe(false);
  expect(await page.locator("#failures pre").first().isVisible()).toBe(true);
  expect((await page.pdf()).subarray(0, 5).toString()).toBe("%PDF-");
});

test("it can be read without scripts", async () => {
  const page = await open({ javaScriptEnabled: false });
  expect(await page.locator("#filter").isVisible()).toBe(false);
  await page.locator("#vm-1 > summary").click();
  expect(await page.locator("#vm-1 .task.failed pre").first().isVisible()).toBe(true);
});
