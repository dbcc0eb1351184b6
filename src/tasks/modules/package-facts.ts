import { z } from "zod";
import { script } from "../remote/script.js";
import { list } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  manager: list().default(["auto"]).describe("accepted: what the machine has is asked"),
  strategy: z.enum(["first", "all"]).default("first").describe("accepted"),
});

/** A line a package: source, name, version, release, architecture. */
const QUERY = `export LC_ALL=C
if command -v dpkg-query >/dev/null 2>&1; then
  dpkg-query -W -f='apt\\t\${Package}\\t\${Version}\\t\\t\${Architecture}\\t\${db:Status-Status}\\n' | grep 'installed$'
elif command -v rpm >/dev/null 2>&1; then rpm -qa --qf 'rpm\\t%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\n'
elif command -v pacman >/dev/null 2>&1; then pacman -Q | sed 's/^\\([^ ]*\\) \\(.*\\)$/pacman\\t\\1\\t\\2\\t\\t/'
elif command -v apk >/dev/null 2>&1; then apk info -v | sed 's/^\\(.*\\)-\\([^-]*-r[0-9]*\\)$/apk\\t\\1\\t\\2\\t\\t/'
else exit 3; fi`;

/** What is installed. */
export const packageFacts: Module<z.infer<typeof Args>> = {
  name: "package_facts",
  summary: "Tells which packages are installed: `ansible_facts.packages`.",
  args: Args,
  async run(_args, context) {
    const { code, stdout } = await context.ask({ ...script("package-facts", QUERY), readOnly: true });
    if (code === 3) throw new ModuleFailure("cannot tell this machine's package manager");
    return { changed: false, ansible_facts: { packages: parsePackages(stdout) } };
  },
};

/** A list of packages by their names, since several versions may be there. */
export function parsePackages(stdout: string): Record<string, Record<string, string>[]> {
  const packages = new Map<string, Record<string, string>[]>();
  for (const line of stdout.split("\n")) {
    const [source, name, version = "", release = "", arch = ""] = line.split("\t");
    if (source === undefined || name === undefined || name === "") continue;
    const one = { name, version, source, ...(release !== "" && { release }), ...(arch !== "" && { arch }) };
    packages.set(name, [...(packages.get(name) ?? []), one]);
  }
  return Object.fromEntries(packages);
}
