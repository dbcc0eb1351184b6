import { expect, test } from "vitest";
import type { FarmEvent } from "../../../../src/events.js";
import { setClock, wakeUp } from "../../../../src/provision/guest/wake-up.js";
import type { PlacedVm, RunContext } from "../../../../src/provision/model.js";
import { handClock } from "../../../fakes/hand-clock.js";
import { type ScriptedAnswer, scriptedShell } from "../../../fakes/scripted-shell.js";

/** A guest in which each command takes so many milliseconds. */
function slowGuest(...durations: readonly number[]) {
  const clock = handClock();
  const events: FarmEvent[] = [];
  const vm = { name: "one", definition: { arch: "x86_64", metadata: { auth: { user: "root" } } } };
  const run = {
    clock,
    emit: (event: FarmEvent) => void events.push(event),
    stop: new AbortController().signal,
  };
  const takes =
    (ms: number): ScriptedAnswer =>
    () => {
      clock.pass(ms);
      return "";
    };
  const guest = scriptedShell(durations.map((ms) => [/^(sh -c|date -u -s)/, takes(ms)]));
  const told = () =>
    guest.commands.map(({ argv }) => (argv[0] === "date" ? argv[3] : `woken at @${argv[4]}`));
  return { guest, told, events, vm: vm as unknown as PlacedVm, run: run as unknown as RunContext };
}

test.each<[string, number[], string[]]>([
  ["at once", [300], ["woken at @0"]],
  ["late: it is told again", [4_000, 200], ["woken at @0", "@4"]],
  ["late again", [4_000, 2_000, 200], ["woken at @0", "@4", "@6"]],
])("a guest that was away gets the time %s", async (_, durations, expected) => {
  const { guest, told, events, vm, run } = slowGuest(...durations);
  await wakeUp(vm, guest, run);
  guest.done();
  expect(told()).toEqual(expected);
  expect(events).toEqual([]);
});

test("one that is always slow is not told for ever", async () => {
  const { guest, told, vm, run } = slowGuest(3_000, 3_000, 3_000);
  await setClock(vm, guest, run);
  guest.done();
  expect(told()).toEqual(["@0", "@3", "@6"]);
});
