import fc from "fast-check";
import { expect, test } from "vitest";
import type { FarmEvent } from "../../../src/events.js";
import { emitter } from "../../../src/report/emitter.js";
import { Secrets } from "../../../src/report/mask.js";

const output = (text: string, stream: "stdout" | "stderr" = "stdout", vm = "a"): FarmEvent => ({
  type: "task-output",
  vm,
  phase: "main",
  task: "t",
  stream,
  text,
});
const ended = (vm: string): FarmEvent =>
  ({ type: "phase-ended", vm, phase: "main", outcome: "passed" }) as never;

function told(secrets: readonly string[], events: readonly FarmEvent[]): string[] {
  const known = new Secrets();
  for (const secret of secrets) known.add(secret);
  const seen: string[] = [];
  const on = (event: FarmEvent) => {
    if (event.type === "task-output") seen.push(`${event.vm} ${event.stream}: ${event.text}`);
    else seen.push(event.type);
  };
  const emit = emitter([{ on }], () => 0, known);
  for (const event of events) emit(event);
  return seen;
}

test("a secret that comes in pieces is masked; the rest is told at once", () => {
  expect(told(["hunter2"], [output("it is hun"), output("ter"), output("2!\n"), ended("a")])).toEqual([
    "a stdout: it is ",
    "a stdout: ********!\n",
    "phase-ended",
  ]);
});

test("what only looked like the beginning of one is told with what comes next, or at the end", () => {
  expect(told(["hunter2"], [output("a hunt"), output("er\n"), output("hunt"), ended("a")])).toEqual([
    "a stdout: a ",
    "a stdout: hunter\n",
    "a stdout: hunt",
    "phase-ended",
  ]);
});

test("streams and VMs do not mix", () => {
  const events = [
    output("hun"),
    output("ter2\n", "stderr"),
    output("ter2\n", "stdout", "b"),
    ended("b"),
    ended("a"),
  ];
  expect(told(["hunter2"], events)).toEqual([
    "a stderr: ter2\n",
    "b stdout: ter2\n",
    "phase-ended",
    "a stdout: hun",
    "phase-ended",
  ]);
});

test("each long line of a secret is one", () => {
  const key = `first\n${"k".repeat(40)}\nlast\n`;
  expect(told([key], [output(`x ${"k".repeat(40)} y\n`), ended("a")])[0]).toBe("a stdout: x ******** y\n");
});

test("however output is cut, all is told and no secret is", () => {
  const secret = "abcabd";
  const piece = fc.constantFrom("a", "b", "c", "d", "abc", "ab", secret, "x\n");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const seen = told([secret], [...pieces.map((each) => output(each)), ended("a")]);
      const text = seen
        .slice(0, -1)
        .map((each) => each.slice("a stdout: ".length))
        .join("");
      expect(text).toBe(pieces.join("").replaceAll(secret, "********"));
    }),
  );
});
