import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.js";
import { Overrun, withinLimit } from "../../../src/provision/vm/phase-limit.js";
import { runTasks } from "../../../src/tasks/run/interpreter.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { handClock } from "../../fakes/hand-clock.js";
import { readText, sessionOn } from "../../fakes/play.js";

/** KILL comes two seconds after TERM. */
const WAIT = { timeout: 30_000 };

let home: string;
let shell: Shell;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "farm-limit-"));
  shell = localShell({ name: "here", home });
});
afterEach(async () => {
  await shell.close();
  rmSync(home, { recursive: true, force: true });
});

/** What is left of a process: nothing, or a zombie that nobody has looked after yet. */
const stateOf = async (pid: string): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") gone");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0] ?? "";
};

test("the end of a phase's time ends the whole process group, also what ignores TERM", async () => {
  const clock = handClock();
  const run = { clock: { ...systemClock, sleep: clock.sleep }, stop: new AbortController().signal };
  const file = await readText(
    "- shell: |\n    (trap '' TERM; sleep 7773) & echo $! >pids\n    sleep 7774 & echo $! >>pids; echo $$ >>pids\n    touch ready; wait\n  args: { chdir: \"{{ home }}\" }\n",
  );
  const limit = { ms: 60_000, from: "phase_timeout" };
  const ended = withinLimit("main", limit, { ...run, emit: () => undefined }, (watched) =>
    runTasks(file, sessionOn(shell, { vars: { home } }), { phase: "main", clock, ...watched }),
  );
  await expect
    .poll(
      () =>
        readFile(join(home, "ready")).then(
          () => true,
          () => false,
        ),
      WAIT,
    )
    .toBe(true);
  clock.pass(60_000);
  expect(await ended).toBeInstanceOf(Overrun);
  const pids = (await readFile(join(home, "pids"), "utf8")).trim().split("\n");
  expect(pids).toHaveLength(3);
  const states = () => Promise.all(pids.map(stateOf));
  await expect
    .poll(async () => (await states()).filter((state) => !/^(gone|Z)$/.test(state)), WAIT)
    .toEqual([]);
});
