import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { settleContent } from "../remote/content.js";
import { askState } from "../system/machine-state.js";
import { isSameValue, kernelValue, sysctlValue, withSysctl } from "../system/sysctl-file.js";
import { change } from "../system/tools.js";
import { byteText } from "../text-edit/byte-text.js";

const Args = z.strictObject({
  name: text().describe("the kernel's setting, e.g. `net.ipv4.ip_forward`"),
  value: text().optional().describe("its value; booleans are 1 and 0"),
  state: z.enum(["present", "absent"]).default("present").describe("whether it shall be in the file"),
  sysctl_file: path().default("/etc/sysctl.conf").describe("the file"),
  reload: bool()
    .default(true)
    .describe("let sysctl read the file after a change, and when the kernel has another value"),
  sysctl_set: bool().default(false).describe("give the kernel the value when it has another"),
  ignoreerrors: bool().default(false).describe("settings that the kernel does not know are no errors"),
});
type SysctlArgs = z.infer<typeof Args>;

/** Settings of the kernel. */
export const sysctl: Module<SysctlArgs> = {
  name: "sysctl",
  summary: "Sees to a kernel setting in sysctl.conf, and in the kernel.",
  args: Args,
  aliases: { key: "name", val: "value" },
  differs: ["Other lines of the file stay as they are; Ansible's takes spaces out of all."],
  async run(args, context) {
    const name = settingOf(args);
    const value = args.value === undefined ? "" : kernelValue(args.value);
    const at = args.sysctl_file;
    const state = await askState(context, "sysctl-state", STATE, [name, at], `read ${name}`);
    const before = state.files("file")[0]?.file;
    const form = byteText(before?.content);
    const kernel = state.lines("value").length === 0 ? undefined : state.lines("value").join("\n");
    const steps = decide(args, value, { kernel, file: sysctlValue(form.text, name) });
    const argument = args.ignoreerrors ? "-e" : "";
    if (steps.set) await set(name, value, argument, context);
    if (steps.write) {
      const edited = withSysctl(form.text, name, args.state === "present" ? value : undefined);
      await settleContent(context, { path: at, content: form.bytes(edited), before, attributes: {} });
    }
    if (steps.reload) await reload(at, argument, context);
    return { changed: steps.set || steps.write || steps.reload };
  },
};

/** A name with = would be set by asking for it. @throws ModuleFailure */
function settingOf({ name: given, value, state }: SysctlArgs): string {
  const name = given.trim();
  if (name === "") throw new ModuleFailure("name cannot be blank");
  if (/[\s=]|^-/.test(name)) throw new ModuleFailure(`'${name}' is no name of a kernel setting`);
  if (state === "present" && value === undefined)
    throw new ModuleFailure("value is required with state=present");
  if (state === "present" && value === "") throw new ModuleFailure("value cannot be blank");
  return name;
}

const STATE = `need sysctl
value=$(sysctl -e -n "$1" 2>/dev/null) && printf '%s\\n' "$value" | say value
say_file file "$2"`;

interface Steps {
  /** Tell the kernel at once. */
  readonly set: boolean;
  readonly write: boolean;
  readonly reload: boolean;
}

/** What is to be done; the kernel's value is undefined where sysctl could not tell. */
export function decide(
  { state, reload: mayReload, sysctl_set }: Pick<SysctlArgs, "state" | "reload" | "sysctl_set">,
  value: string,
  is: { readonly kernel: string | undefined; readonly file: string | undefined },
): Steps {
  if (state === "absent") {
    const write = is.file !== undefined;
    return { set: false, write, reload: write && mayReload };
  }
  const write = is.file !== value;
  const differs = is.kernel === undefined || !isSameValue(is.kernel, value);
  return { set: sysctl_set && differs, write, reload: mayReload && (write || differs) };
}

/** sysctl may say this and exit with 0. */
const REFUSAL = /^sysctl: setting key "[^"]+": (?:Invalid argument|Read-only file system)$/m;

async function set(name: string, value: string, argument: string, context: ModuleContext): Promise<void> {
  const what = `set ${name} to ${value}`;
  const text = `need sysctl\nsysctl $1 -w "$2=$3"`;
  await change(context, "sysctl-set", text, [argument, name, value], { what, refusal: REFUSAL });
}

async function reload(file: string, argument: string, context: ModuleContext): Promise<void> {
  const what = `let sysctl read ${file}`;
  const text = `need sysctl\nsysctl $1 -p "$2"`;
  await change(context, "sysctl-reload", text, [argument, file], { what, refusal: REFUSAL });
}
