import { z } from "zod";
import { text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { settleContent } from "../remote/content.js";
import { askState, type MachineState } from "../system/machine-state.js";
import { change } from "../system/tools.js";
import { clockOf, type HardwareClock, withClock, withZone, type ZoneFacts, zoneOf } from "../system/zone.js";
import { byteText } from "../text-edit/byte-text.js";

const Args = z.strictObject({
  name: text().optional().describe("the time zone: `Europe/Berlin`"),
  hwclock: z.enum(["local", "UTC"]).optional().describe("what the clock of the hardware tells"),
});
type TimezoneArgs = z.infer<typeof Args>;

/** The machine's time zone. */
export const timezone: Module<TimezoneArgs> = {
  name: "timezone",
  summary: "Sees to the machine's time zone, and what its hardware clock tells.",
  args: Args,
  aliases: { rtc: "hwclock" },
  differs: [
    "Only Linux is known. Without systemd it is the link /etc/localtime, and /etc/timezone or /etc/sysconfig/clock where they are.",
  ],
  async run(args, context) {
    const { name, hwclock } = args;
    if (name === undefined && hwclock === undefined)
      throw new ModuleFailure("one of the following is required: hwclock, name");
    if (name !== undefined && !/^[A-Za-z0-9_+][\w+/-]*$/.test(name))
      throw new ModuleFailure(`'${name}' is no name of a time zone`);
    const state = await askState(context, "timezone-state", STATE, [name ?? ""], "ask for the time zone");
    if (name !== undefined && state.text("available") === undefined)
      throw new ModuleFailure(`given timezone "${name}" is not available: is the package tzdata installed?`);
    const facts = factsOf(state);
    const zone = name === undefined ? undefined : zoneOf(facts, name);
    const clock = hwclock === undefined ? undefined : clockOf(facts, hwclock);
    const msg: string[] = [];
    if (name !== undefined && zone !== name) msg.push(await setZone(name, state, facts, context));
    if (hwclock !== undefined && clock !== hwclock) msg.push(await setClock(hwclock, state, facts, context));
    return {
      changed: msg.length > 0,
      diff: { before: shown(zone, clock), after: shown(name, hwclock) },
      ...(msg.length > 0 && { msg: msg.join("\n") }),
    };
  },
};

const shown = (name: string | undefined, hwclock: string | undefined): string =>
  (name === undefined ? "" : `name: ${name}\n`) + (hwclock === undefined ? "" : `hwclock: ${hwclock}\n`);

/** A link tells the zone by its name; a copy only whether it is the one. */
const STATE = `zones=/usr/share/zoneinfo
[ -d /run/systemd/system ] && command -v timedatectl >/dev/null 2>&1 && echo systemd yes
if [ -L /etc/localtime ]; then printf 'link %s\\n' "$(readlink /etc/localtime)"
elif [ "$1" ] && cmp -s /etc/localtime "$zones/$1"; then echo same yes; fi
[ "$1" ] && [ -f "$zones/$1" ] && echo available yes
[ -f /etc/adjtime ] && say adjtime </etc/adjtime
for file in /etc/timezone /etc/sysconfig/clock /etc/default/rcS /etc/conf.d/hwclock; do
  [ -f "$file" ] && say_file file "$file"
done
exit 0`;

const factsOf = (state: MachineState): ZoneFacts => ({
  isSystemd: state.text("systemd") !== undefined,
  link: state.text("link"),
  isCopy: state.text("same") !== undefined,
  adjtime: state.lines("adjtime"),
  files: new Map(state.files("file").map(({ path, file }) => [path, byteText(file?.content).text])),
});

/** In one step: programs look at it all the time. */
const LINK = `ln -s "/usr/share/zoneinfo/$1" "/etc/localtime.farm.$$" && mv -f "/etc/localtime.farm.$$" /etc/localtime`;

/** @returns what was done */
async function setZone(
  name: string,
  state: MachineState,
  { isSystemd }: ZoneFacts,
  context: ModuleContext,
): Promise<string> {
  const what = `set the time zone ${name}`;
  if (isSystemd) return byTimedatectl(["set-timezone", name], what, context);
  await change(context, "localtime", LINK, [name], { what });
  await editFiles(state, (path, before) => withZone(path, before, name), context);
  return `/etc/localtime leads to ${name}`;
}

/** @returns what was done */
async function setClock(
  clock: HardwareClock,
  state: MachineState,
  { isSystemd }: ZoneFacts,
  context: ModuleContext,
): Promise<string> {
  const what = `set the clock of the hardware to ${clock}`;
  if (isSystemd) return byTimedatectl(["set-local-rtc", clock === "local" ? "yes" : "no"], what, context);
  await editFiles(state, (_path, before) => withClock(before, clock), context);
  const option = clock === "local" ? "-l" : "-u";
  await change(context, "hwclock", 'need hwclock\nhwclock -w "$1"', [option], { what });
  return `executed \`hwclock -w ${option}\``;
}

async function byTimedatectl(
  words: readonly string[],
  what: string,
  context: ModuleContext,
): Promise<string> {
  await change(context, "timedatectl", 'timedatectl "$@"', words, { what });
  return `executed \`timedatectl ${words.join(" ")}\``;
}

async function editFiles(
  state: MachineState,
  edit: (path: string, text: string) => string,
  context: ModuleContext,
): Promise<void> {
  for (const { path, file: before } of state.files("file")) {
    const form = byteText(before?.content);
    const after = edit(path, form.text);
    if (after === form.text) continue;
    await settleContent(context, { path, content: form.bytes(after), before, attributes: {} });
  }
}
