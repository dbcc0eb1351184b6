import { expect, test } from "vitest";
import { glyphsFor } from "../../../../src/report/live/glyphs.js";
import { liveReporter } from "../../../../src/report/live/live-reporter.js";

/** A live view on a terminal whose writing is kept; `tick` lets time for a frame pass. */
async function liveView() {
  let [written, now] = ["", 0];
  let callback = (): void => undefined;
  const terminal = {
    columns: 80,
    rows: 24,
    write: (text: string) => {
      written += text;
    },
    on: () => undefined,
    off: () => undefined,
  };
  const reporter = liveReporter(terminal, {
    color: false,
    glyphs: glyphsFor({}),
    detail: "beside-live",
    now: () => now,
    every: (_, each) => {
      callback = each;
      return () => undefined;
    },
  });
  const take = () => {
    const text = written;
    written = "";
    return text;
  };
  const tick = () => {
    now += 1_000;
    callback();
    return take();
  };
  const event = (event: Parameters<typeof reporter.on>[0]) => reporter.on(event, new Date(now));
  event({ type: "vm-started", vm: "one", hypervisor: "h" });
  await expect.poll(tick).toContain("1 running");
  return { event, tick, take, reporter };
}

test("while the terminal is a guest's nothing is drawn on it; then all that was said meanwhile is", async () => {
  const { event, tick, take } = await liveView();
  event({ type: "shell-opened", vm: "one" });
  expect(take()).toMatch(/one this is a shell in it.*\n[\s\S]*1 running/);
  event({ type: "warning", message: "meanwhile" });
  expect(tick()).toBe("");
  event({ type: "shell-closed", vm: "one", durationMs: 1_000 });
  expect(tick()).toMatch(/warning: meanwhile\n.*one the run goes on \(1\.0 s\)\n[\s\S]*1 running/);
});

test("a run that ends while the terminal is a guest's leaves it alone, but for what is to be said", async () => {
  const { event, take, reporter } = await liveView();
  event({ type: "shell-opened", vm: "one" });
  take();
  event({ type: "warning", message: "the last" });
  await reporter.close?.();
  const last = take();
  expect(last).toMatch(/warning: the last\n$/);
  expect(last).not.toContain("\u001b");
});
