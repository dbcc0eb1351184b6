import { z } from "zod";
import { text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { type RemoteFile, settleContent } from "../remote/content.js";
import { keptName, type NameStrategy, ownStrategy, STRATEGIES, withName } from "../system/host-name.js";
import { askState, type MachineState } from "../system/machine-state.js";
import { change } from "../system/tools.js";
import { byteText } from "../text-edit/byte-text.js";
import { makeParents } from "../text-edit/edited-file.js";

const Args = z.strictObject({
  name: text().describe("the machine's name"),
  use: z
    .enum(["alpine", "debian", "generic", "openrc", "redhat", "sles", "systemd"])
    .optional()
    .describe("how the machine keeps its name; it is found out by default"),
});

/** The machine's name. */
export const hostname: Module<z.infer<typeof Args>> = {
  name: "hostname",
  summary: "Sees to the machine's name, now and after a boot.",
  args: Args,
  differs: [
    "Only Linux is known, with systemd or a file that keeps the name.",
    "Without systemd the kernel gets the name at once, too, on every distribution.",
    "ansible_fqdn is the name itself: nothing is looked up.",
  ],
  async run({ name, use }, context) {
    refuse(name);
    const state = await askState(context, "hostname-state", STATE, [], "ask for the machine's name");
    const now = namesOf(state, use && STRATEGIES[use]);
    const wanted = { current: now.current !== name, kept: now.kept !== undefined && now.kept !== name };
    if (wanted.kept) await keep(name, now, context);
    if (wanted.current) await setCurrent(name, now.strategy, context);
    const before = wanted.current ? now.current : now.kept;
    const changed = wanted.current || wanted.kept;
    const [short = name, ...domain] = name.split(".");
    return {
      changed,
      name,
      ansible_facts: {
        ansible_hostname: short,
        ansible_nodename: name,
        ansible_fqdn: name,
        ansible_domain: domain.join("."),
      },
      ...(changed && { diff: { before: `hostname = ${before}\n`, after: `hostname = ${name}\n` } }),
    };
  },
};

function refuse(name: string): void {
  if (!/^[^\s/-][^\s/]*$/.test(name)) throw new ModuleFailure(`'${name}' is no name of a machine`);
  if (Buffer.byteLength(name) > 64) throw new ModuleFailure("name cannot be longer than 64 characters");
}

/** systemd keeps the name in /etc/hostname, too. */
const STATE = `printf 'current %s\\n' "$(uname -n)"
[ -d /run/systemd/system ] && command -v hostnamectl >/dev/null 2>&1 && echo systemd yes
[ -r /etc/os-release ] && printf 'id %s\\n' "$(. /etc/os-release; echo "\${ID-}")"
for file in /etc/hostname /etc/HOSTNAME /etc/conf.d/hostname /etc/sysconfig/network; do
  [ -f "$file" ] && say_file file "$file"
done
exit 0`;

interface Names {
  readonly current: string;
  /** Undefined where nothing keeps it. */
  readonly kept: string | undefined;
  readonly strategy: NameStrategy;
  readonly file: RemoteFile | undefined;
}

function namesOf(state: MachineState, use: NameStrategy | undefined): Names {
  const files = new Map(state.files("file").map(({ path, file }) => [path, file]));
  const isSystemd = state.text("systemd") !== undefined;
  const strategy = use ?? ownStrategy(isSystemd, state.text("id") ?? "", (path) => files.has(path));
  const current = state.text("current") ?? "";
  if (strategy.by === "kernel") return { current, kept: undefined, strategy, file: undefined };
  const { path, format } = strategy.by === "file" ? strategy : STRATEGIES.alpine;
  const file = files.get(path);
  return { current, kept: keptName(byteText(file?.content).text, format), strategy, file };
}

async function keep(name: string, { strategy, file: before }: Names, context: ModuleContext): Promise<void> {
  if (strategy.by === "hostnamectl") {
    const text = 'need hostnamectl\nhostnamectl --pretty --static set-hostname "$1"';
    await change(context, "hostnamectl", text, [name], { what: `set the name ${name}` });
  }
  if (strategy.by !== "file") return;
  const { path, format } = strategy;
  const form = byteText(before?.content);
  if (!before) await makeParents(path, context);
  const content = form.bytes(withName(form.text, format, form.given(name)));
  await settleContent(context, { path, content, before, attributes: {} });
}

async function setCurrent(name: string, { by }: NameStrategy, context: ModuleContext): Promise<void> {
  const byKernel = 'need hostname\nhostname "$1"';
  const bySystemd = 'need hostnamectl\nhostnamectl --transient set-hostname "$1"';
  const text = by === "hostnamectl" ? bySystemd : byKernel;
  await change(context, "hostname", text, [name], { what: `set the name ${name}` });
}
