import { z } from "zod";
import { quote } from "../../transport/quote.js";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { isUnsettled, npmError, parseNpmState } from "../packages/npm-list.js";
import { actTool, askTool } from "../packages/tool-packages.js";
import { script } from "../remote/script.js";
import { splitWords } from "../words.js";

const Args = z.strictObject({
  name: text().optional().describe("a package; without one, those of package.json"),
  version: text().optional().describe("its version"),
  path: path().optional().describe("the directory that it is installed in; made when it is not there"),
  global: bool().default(false).describe("for all users"),
  state: z.enum(["present", "latest", "absent"]).default("present").describe("what shall be of it"),
  production: bool().default(false).describe("without development dependencies"),
  ci: bool().default(false).describe("exactly what package-lock.json says; always a change"),
  ignore_scripts: bool().default(false).describe("run no scripts of packages"),
  unsafe_perm: bool().default(false).describe("run scripts as root"),
  no_optional: bool().default(false).describe("without optional dependencies"),
  no_bin_links: bool().default(false).describe("without links to programs"),
  registry: text().optional().describe("where packages come from"),
  executable: text().optional().describe("which npm, with options"),
});
type Npm = z.infer<typeof Args>;

/** The directory may not be there yet: then nothing is. */
const QUERY = `where=$1 latest=$2; shift 2
command -v "$1" >/dev/null || exit 127
case $where in "~/"*) where=$HOME/\${where#"~/"} ;; esac
if [ "$where" ]; then [ -d "$where" ] || exit 0; cd "$where" || exit; fi
"$@" list --json --depth=0 2>/dev/null
if [ "$latest" ]; then echo; echo farm-outdated; "$@" outdated --json 2>/dev/null; fi
exit 0`;

/** The exit status is npm's; then comes what is there now, as the query tells it. */
const ACT = `where=$1 list=$2; shift 2
case $where in "~/"*) where=$HOME/\${where#"~/"} ;; esac
if [ "$where" ]; then mkdir -p "$where" && cd "$where" || exit; fi
"$@" || exit
printf '\\nfarm-listed\\n'
eval "$list" 2>/dev/null
exit 0`;

/** Packages of Node.js. */
export const npm: Module<Npm> = {
  name: "npm",
  summary: "Installs and removes packages of Node.js.",
  args: Args,
  differs: ["`latest` of a name is the registry's latest, whatever package.json asks for."],
  async run(args, context) {
    if (args.path === undefined && !args.global) throw new ModuleFailure("npm needs path, or global");
    if (args.state === "absent" && args.name === undefined)
      throw new ModuleFailure("npm needs the name of what is to be removed");
    if (args.name?.startsWith("-")) throw new ModuleFailure(`'${args.name}' is no name of a package`);
    const program = splitWords(args.executable ?? "npm");
    const where = args.path ?? "";
    const options = optionsOf(args);
    const looks = args.state === "latest" && !args.ci ? "latest" : "";
    const asked = script("npm-query", QUERY, [where, looks, ...program, ...scopeOf(args)]);
    const { stdout: before } = await askTool("npm", asked, context);
    if (!isUnsettled(args, parseNpmState(before))) return { changed: false };
    const list = [...program, ...scopeOf(args), "list", "--json", "--depth=0"].map(quote).join(" ");
    const words = [where, list, ...program, ...verbOf(args), ...options];
    const done = await actTool("npm", script("npm", ACT, words), context, npmError);
    const [said = "", after = ""] = done.stdout.split(/\nfarm-listed\n/, 2);
    const changed = context.check || args.ci || after.trim() !== listOf(before);
    return { changed, stdout: said, stderr: done.stderr };
  },
};

/** What the query printed of what is there; nothing where there is no directory yet. */
const listOf = (queried: string): string => (queried.split(/^farm-outdated$/m, 1)[0] ?? "").trim();

/** Which packages are looked at, and where they come from. */
const scopeOf = (args: Npm): string[] => [
  ...(args.global ? ["--global"] : []),
  ...(args.registry === undefined ? [] : ["--registry", args.registry]),
  ...(args.state !== "absent" && args.production ? ["--production"] : []),
];

function optionsOf(args: Npm): string[] {
  const either = (flag: boolean, option: string) => (flag ? [option] : []);
  return [
    ...scopeOf(args),
    ...either(args.ignore_scripts, "--ignore-scripts"),
    ...either(args.unsafe_perm, "--unsafe-perm"),
    ...either(args.no_optional, "--no-optional"),
    ...either(args.no_bin_links, "--no-bin-links"),
  ];
}

/** What npm is told to do. */
function verbOf({ name, version, state, ci }: Npm): string[] {
  if (ci) return ["ci"];
  if (name === undefined) return [state === "latest" ? "update" : "install"];
  if (state === "absent") return ["uninstall", name];
  const tag = version ?? (state === "latest" ? "latest" : undefined);
  return ["install", tag === undefined ? name : `${name}@${tag}`];
}
