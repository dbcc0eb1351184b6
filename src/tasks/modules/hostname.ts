import { z } from "zod";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  name: text().describe("the name"),
  use: text().optional().describe("accepted: what the machine has is used"),
});

const QUERY = `cat /proc/sys/kernel/hostname && cat /etc/hostname 2>/dev/null; exit 0`;
const SET = `if command -v hostnamectl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then hostnamectl set-hostname -- "$1" && exit; fi
printf '%s\\n' "$1" >/etc/hostname && hostname "$1"`;

/** The machine's name. */
export const hostname: Module<z.infer<typeof Args>> = {
  name: "hostname",
  summary: "Sets the machine's name, now and for later boots.",
  args: Args,
  async run({ name }, context) {
    const { stdout } = await context.ask({ ...script("hostname-query", QUERY), readOnly: true });
    const [now, later] = stdout.split("\n");
    const changed = now !== name || later !== name;
    if (changed) {
      const { code, stderr } = await context.act(script("hostname", SET, [name]));
      if (code !== 0) throw new ModuleFailure(`cannot set the host's name: ${lastLine(stderr, code)}`);
    }
    return { changed, name };
  },
};
