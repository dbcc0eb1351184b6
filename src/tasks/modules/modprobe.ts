import { z } from "zod";
import { text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { settleContent } from "../remote/content.js";
import { loadAtBoot, notAtBoot } from "../system/kernel-modules.js";
import { askState, type MachineState } from "../system/machine-state.js";
import { change } from "../system/tools.js";
import { makeParents } from "../text-edit/edited-file.js";
import { splitWords } from "../words.js";

const Args = z.strictObject({
  name: text().describe("the kernel's module"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be loaded"),
  params: text().default("").describe("parameters, when it is loaded: `numdummies=2`"),
  persistent: z
    .enum(["disabled", "present", "absent"])
    .default("disabled")
    .describe("whether /etc/modules-load.d and /etc/modprobe.d load it at boot; disabled leaves them"),
});
type ModprobeArgs = z.infer<typeof Args>;

/** Modules of the kernel. */
export const modprobe: Module<ModprobeArgs> = {
  name: "modprobe",
  summary: "Loads and unloads modules of the kernel, now and at boot.",
  args: Args,
  differs: ["A check does not try whether the kernel has such a module."],
  async run(args, context) {
    const { name, state, params, persistent } = args;
    if (!/^[A-Za-z0-9_][\w.-]*$/.test(name))
      throw new ModuleFailure(`'${name}' is no name of a kernel module`);
    const now = await askState(context, "modprobe-state", STATE, [name, persistent], `ask for ${name}`);
    const isLoaded = now.text("loaded") !== undefined;
    const isWanted = state === "present";
    const isChanged = isLoaded === isWanted ? false : await bring(args, context);
    const isKept = await keep(args, now, context);
    return { changed: isChanged || isKept, name, params, state };
  },
};

/** A module that is built in counts as loaded; - and _ are the same. */
const LOADED = `loaded() {
  pattern=$(printf '%s' "$1" | sed 's/[-_]/[-_]/g; s/[.]/[.]/g')
  grep -qs "^$pattern " /proc/modules || grep -qs "/$pattern[.]ko[.a-z]*$" "/lib/modules/$(uname -r)/modules.builtin" || return 0
  echo loaded yes
}`;

const STATE = `need modprobe
${LOADED}
loaded "$1"
[ "$2" = disabled ] && exit
for file in /etc/modules-load.d/*; do [ -f "$file" ] && say_file loads "$file"; done
for file in /etc/modprobe.d/*; do [ -f "$file" ] && say_file options "$file"; done
exit 0`;

/** Loads or unloads it. @returns whether that made a difference */
async function bring({ name, state, params }: ModprobeArgs, context: ModuleContext): Promise<boolean> {
  if (state === "absent") {
    const text = 'need modprobe\nmodprobe -r "$1"';
    await change(context, "modprobe-remove", text, [name], { what: `unload ${name}` });
    return true;
  }
  const text = `need modprobe\n${LOADED}\nmodprobe "$@" || exit\nloaded "$1"`;
  const words = [name, ...splitWords(params)];
  const { stdout } = await change(context, "modprobe", text, words, { what: `load ${name}` });
  return context.check || /^loaded /m.test(stdout);
}

async function keep({ name, params, persistent }: ModprobeArgs, now: MachineState, context: ModuleContext) {
  if (persistent === "disabled") return false;
  const files = { loads: now.files("loads"), options: now.files("options") };
  const words = params.split(/\s+/).filter((word) => word !== "");
  const changes = persistent === "present" ? loadAtBoot(name, words, files) : notAtBoot(name, files);
  for (const each of changes) {
    if (!each.before) await makeParents(each.path, context);
    await settleContent(context, { ...each, attributes: {} });
  }
  return changes.length > 0;
}
