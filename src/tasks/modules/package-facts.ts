import { z } from "zod";
import { list } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { type InstalledPackages, parseInstalled } from "../packages/installed.js";
import { script } from "../remote/script.js";

const KNOWN = ["apt", "rpm", "pacman", "apk"] as const;

const Args = z.strictObject({
  manager: list()
    .default(["auto"])
    .describe("auto, apt, rpm, pacman, apk: which of them are asked, in order"),
  strategy: z.enum(["first", "all"]).default("first").describe("the first that is there, or all"),
});

/** Each manager that is there prints a line with its name, then what it has. */
const QUERY = `strategy=$1; shift
export LC_ALL=C
found=
for manager; do
  case $manager in
    apt) command -v dpkg-query >/dev/null || continue; echo "manager apt"
      dpkg-query -W -f='\${db:Status-Status}\\t\${Package}\\t\${Version}\\t\${Architecture}\\t\${Section}\\n' || exit ;;
    rpm) rpm -E x >/dev/null 2>&1 || continue; echo "manager rpm" # busybox has an rpm that knows no -E.
      rpm -qa --qf '%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{EPOCH}\\t%{ARCH}\\n' || exit ;;
    pacman) command -v pacman >/dev/null || continue; echo "manager pacman"; pacman -Qi ;;
    apk) command -v apk >/dev/null || continue; echo "manager apk"; apk info -v || exit ;;
  esac
  found=yes
  if [ "$strategy" = first ]; then break; fi
done
[ "$found" ] || exit 3`;

/** What is installed. */
export const packageFacts: Module<z.infer<typeof Args>> = {
  name: "package_facts",
  summary: "Tells which packages are installed: `ansible_facts.packages`.",
  args: Args,
  differs: ["Of apt's packages `origin` is not told.", "portage, pkg and pkg_info are not there."],
  async run({ manager, strategy }, context) {
    const names = manager.map((name) => name.toLowerCase());
    const strange = names.filter((name) => name !== "auto" && !(KNOWN as readonly string[]).includes(name));
    if (strange.length > 0)
      throw new ModuleFailure(`package_facts knows no ${strange.join(", ")}: it knows ${KNOWN.join(", ")}`);
    const asked = names.includes("auto") ? [...names, ...(await likely(context))] : names;
    const wanted = [...new Set(asked.filter((name) => name !== "auto"))];
    const query = script("package-facts", QUERY, [strategy, ...wanted]);
    const { code, stdout, stderr } = await context.ask({ ...query, readOnly: true });
    if (code === 3)
      throw new ModuleFailure(`none of these package managers is on this machine: ${wanted.join(", ")}`);
    if (code !== 0)
      throw new ModuleFailure(`cannot list the packages: ${stderr.trim()}`, { rc: code, stderr });
    const packages: InstalledPackages = parseInstalled(stdout);
    return { changed: false, ansible_facts: { packages } };
  },
};

/** The machine's own manager first: the tools of others may be there too. */
async function likely(context: ModuleContext): Promise<readonly string[]> {
  const own = String((await context.facts())["pkg_mgr"]);
  const first = ["dnf", "dnf5", "yum", "zypper", "atomic_container"].includes(own) ? "rpm" : own;
  return [...KNOWN].sort((a, b) => Number(b === first) - Number(a === first));
}
