import { z } from "zod";
import { text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { lastLine } from "../remote/status.js";

const Args = z.strictObject({
  name: text().describe("the package"),
  selection: z.enum(["install", "hold", "deinstall", "purge"]).describe("what dpkg shall mean to do with it"),
});

/** Packages that are held, and the like. */
export const dpkgSelections: Module<z.infer<typeof Args>> = {
  name: "dpkg_selections",
  summary: "Sees to what dpkg means to do with a package: `hold` keeps it as it is.",
  args: Args,
  differs: ["A package that dpkg does not know is a failure; Ansible's says each time that it changed it."],
  async run({ name, selection }, context) {
    if (!/^[\w.+:-]+$/.test(name)) throw new ModuleFailure(`'${name}' is no name of a package`);
    const asked = await context.ask({ argv: ["dpkg", "--get-selections", name], readOnly: true });
    if (asked.code !== 0)
      throw new ModuleFailure(`cannot ask dpkg for ${name}: ${lastLine(asked.stderr, asked.code)}`);
    const before = /\s(\S+)\s*$/.exec(asked.stdout)?.[1] ?? "not present";
    if (before === selection) return { changed: false, before, after: selection };
    const stdin = `${name} ${selection}\n`;
    const { code, stderr } = await context.act({ argv: ["dpkg", "--set-selections"], stdin });
    if (/not in status nor available/.test(stderr))
      throw new ModuleFailure(`cannot ${selection} ${name}: dpkg does not know it; install it first`);
    if (code !== 0) throw new ModuleFailure(`cannot ${selection} ${name}: ${lastLine(stderr, code)}`);
    return { changed: true, before, after: selection };
  },
};
