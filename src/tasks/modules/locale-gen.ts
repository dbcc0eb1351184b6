import { z } from "zod";
import { list } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { type RemoteFile, settleContent } from "../remote/content.js";
import { parseSupported, plainLocale, type Supported, withLocales } from "../system/locales.js";
import { askState } from "../system/machine-state.js";
import { change } from "../system/tools.js";
import { byteText } from "../text-edit/byte-text.js";

const Args = z.strictObject({
  name: list().describe("locales: `de_DE.UTF-8`"),
  state: z.enum(["present", "absent"]).default("present").describe("whether they shall be there"),
});

/** Locales of Debian, Ubuntu and Arch. */
export const localeGen: Module<z.infer<typeof Args>> = {
  name: "locale_gen",
  summary: "Makes locales by /etc/locale.gen, or takes them away.",
  args: Args,
  differs: ["Of several locales only those that are not as wanted are changed."],
  async run({ name: names, state }, context) {
    const isWanted = state === "present";
    const now = await ask(context);
    const others = names.filter((each) => now.made.has(plainLocale(each)) !== isWanted);
    const unknown = others.filter((each) => isWanted && !now.supported.has(each));
    if (unknown.length > 0)
      throw new ModuleFailure(
        `The following locales you have entered are not available on your system: ${unknown.join(", ")}`,
      );
    const changed = others.length > 0 && (await generate(others, isWanted, now, context));
    return { changed, name: names, mechanism: "glibc" };
  },
};

const LOCALE_GEN = "/etc/locale.gen";

const STATE = `[ -f "$1" ] || { echo "$1 is missing. Is the package locales installed?" >&2; exit 1; }
need locale-gen
say_file gen "$1"
for file in /usr/share/i18n/SUPPORTED /usr/local/share/i18n/SUPPORTED; do
  [ -f "$file" ] && sed 's/^/supported /' "$file"
done
locale -a 2>/dev/null | sed 's/^/made /'`;

interface Locales {
  readonly file: RemoteFile | undefined;
  readonly supported: Supported;
  /** Plain names. */
  readonly made: ReadonlySet<string>;
}

async function ask(context: ModuleContext): Promise<Locales> {
  const state = await askState(context, "locales", STATE, [LOCALE_GEN], "ask for locales");
  const [gen] = state.files("gen");
  return {
    file: gen?.file,
    supported: parseSupported(state.lines("supported")),
    made: new Set(state.lines("made").map(plainLocale)),
  };
}

/** @returns whether that made a difference: some locales are part of the C library */
async function generate(
  names: readonly string[],
  isWanted: boolean,
  { file: before, supported }: Locales,
  context: ModuleContext,
): Promise<boolean> {
  const form = byteText(before?.content);
  const text = withLocales(form.text, names, isWanted, supported);
  await settleContent(context, { path: LOCALE_GEN, content: form.bytes(text), before, attributes: {} });
  const command = `need locale-gen\nlocale-gen >&2 && locale -a | sed 's/^/made /'`;
  const { stdout } = await change(context, "locale-gen", command, [], { what: `make ${names.join(", ")}` });
  if (context.check) return true;
  const made = new Set(stdout.split("\n").map((line) => plainLocale(line.replace(/^made /, ""))));
  return names.some((name) => made.has(plainLocale(name)) === isWanted);
}
