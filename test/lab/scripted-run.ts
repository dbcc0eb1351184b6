import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { glyphsFor } from "../../src/report/live/glyphs.js";
import { liveReporter } from "../../src/report/live/live-reporter.js";
import { scriptedFarm } from "../fakes/scripted-farm.js";

/**
 * A program: shows a scripted run on its terminal through the real live view. Each line that it reads is a second of the run to
 * go on to; at the end of the run it leaves.
 */
const { values } = parseArgs({
  options: {
    vms: { type: "string", default: "6" },
    hypervisors: { type: "string", default: "2" },
    lanes: { type: "string", default: "2" },
    "fail-every": { type: "string", default: "4" },
    history: { type: "boolean", default: false },
    "no-color": { type: "boolean", default: false },
  },
});
const script = scriptedFarm({
  vms: Number(values.vms),
  hypervisors: Number(values.hypervisors),
  lanes: Number(values.lanes),
  tasks: 6,
  failEvery: Number(values["fail-every"]),
});
const START = Date.parse("2026-01-02T03:04:05Z");
let [second, next] = [0, 0];
let tick = (): void => undefined;
const expected = new Map(
  script.flatMap(({ event }) => (event.type === "vm-ended" ? [[event.vm, event.durationMs] as const] : [])),
);
const reporter = liveReporter(process.stdout, {
  color: !values["no-color"],
  glyphs: glyphsFor(process.env),
  detail: "beside-live",
  inventory: "inv.yaml",
  ...(values.history && { expected: async () => expected }),
  now: () => START + second * 1000,
  every: (_, callback) => {
    tick = callback;
    return () => undefined;
  },
});
process.stdout.write("ready\n");

for await (const line of createInterface({ input: process.stdin })) {
  if (next === 0) process.stdout.write("\u001b[2J\u001b[H");
  second = Number(line);
  for (; next < script.length && (script[next]?.at ?? 0) <= second; next++) {
    const event = script[next]?.event;
    if (event) reporter.on(event, new Date(START + (script[next]?.at ?? 0) * 1000));
  }
  tick();
  if (next === script.length) break;
}
await reporter.close?.();
