import { z } from "zod";
import type { CommandResult } from "../../transport/shell.js";
import { bool, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { missing } from "../packages/package-manager.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { splitWords } from "../words.js";

const Args = z.strictObject({
  name: list().default([]).describe("packages: `name`, `name=1.2`, `name@repository`"),
  state: z
    .enum(["present", "installed", "latest", "absent", "removed"])
    .default("present")
    .describe("what shall be of them"),
  update_cache: bool().default(false).describe("refresh the package lists first"),
  upgrade: bool().default(false).describe("upgrade the whole system; not together with name"),
  available: bool().default(false).describe("with upgrade: take what there is, older versions too"),
  no_cache: bool().default(false).describe("keep no package lists"),
  repository: list().default([]).describe("where packages come from, instead of what is configured"),
  world: path().default("/etc/apk/world").describe("the file of what was asked for"),
  extra_args: text().default("").describe("further options of apk"),
});
type Apk = z.infer<typeof Args>;

/** What is there because another needs it is not there for good: it must be in the world as well. */
const QUERY = `state=$1 world=$2 names=$3; shift 3
command -v apk >/dev/null || exit 127
found=
asked() {
  for each in $(cat "$world" 2>/dev/null); do case $each in "$1" | "$1"[@=\\<\\>~]*) return 0 ;; esac; done
  return 1
}
while [ "$names" -gt 0 ]; do
  names=$((names - 1)) name=$1; shift
  plain=\${name%%[@=<>~]*}
  case $state in
    absent) apk info -e "$plain" >/dev/null 2>&1 || continue; name=$plain ;;
    present) apk info -e "\${name%%@*}" >/dev/null 2>&1 && asked "$plain" && continue ;;
  esac
  found=yes
  printf 'unsettled %s\\n' "$name"
  set -- "$@" "$name"
done
[ "$found" ] || [ "$state" = upgrade ] || exit 0
echo farm-simulated
"$@" 2>&1
echo "farm-exit $?"`;

/** Packages of Alpine. */
export const apk: Module<Apk> = {
  name: "apk",
  summary: "Installs and removes packages of Alpine.",
  args: Args,
  aliases: { package: "name" },
  async run(args, context) {
    if (args.name.length === 0 && !args.update_cache && !args.upgrade)
      throw new ModuleFailure("apk needs name, update_cache or upgrade");
    if (args.name.length > 0 && args.upgrade) throw new ModuleFailure("apk takes name or upgrade, not both");
    const bad = args.name.find((name) => /^[-!]/.test(name));
    if (bad !== undefined) throw new ModuleFailure(`'${bad}' is no name of a package`);
    const alone = args.name.length === 0 && !args.upgrade;
    if (alone) return updateLists(args, context);
    if (args.update_cache) await update(args, context);
    return settle(args, context);
  },
};

const update = (args: Apk, context: ModuleContext): Promise<CommandResult> =>
  act([...beginning(args), "update"], "update the package lists", context);

/** What is kept of the package lists: of repositories that are directories of the machine nothing is. */
const LISTS = "cat /etc/apk/cache/APKINDEX.* /var/cache/apk/APKINDEX.* 2>/dev/null | cksum";

async function updateLists(args: Apk, context: ModuleContext): Promise<ModuleResult> {
  const lists = () => context.ask({ ...script("apk-lists", LISTS, []), readOnly: true });
  const before = await lists();
  const { stdout, stderr } = await update(args, context);
  const changed = !context.check && before.stdout !== (await lists()).stdout;
  return { changed, msg: "updated repository indexes", stdout, stderr };
}

const beginning = (args: Apk): string[] => [
  "apk",
  ...(args.no_cache ? ["--no-cache"] : []),
  ...(args.repository.length > 0 ? ["--repositories-file", "/dev/null"] : []),
  ...args.repository.flatMap((each) => ["--repository", each]),
];

function verbOf(args: Apk): string[] {
  const extra = splitWords(args.extra_args);
  if (args.upgrade) return ["upgrade", ...(args.available ? ["--available"] : []), ...extra];
  if (args.state === "absent" || args.state === "removed") return ["del", "--purge", ...extra];
  return ["add", ...(args.state === "latest" ? ["--upgrade"] : []), ...extra];
}

async function settle(args: Apk, context: ModuleContext): Promise<ModuleResult> {
  const [verb = "", ...options] = verbOf(args);
  const { names, said } = await asked(args, verb, options, context);
  const packages = apkPackages(said);
  if (packages.length === 0 && names.length > 0 && verb === "del")
    throw new ModuleFailure(`cannot ${what(verb, names)}: ${needed(said) ?? "others need it"}`, {
      stdout: said,
    });
  // What was there for another's sake is only entered into the world.
  const entered = verb === "add" && args.state !== "latest" && names.length > 0;
  if (packages.length === 0 && !entered)
    return {
      changed: false,
      packages,
      msg: SETTLED[verb],
      ...(verb === "upgrade" && { stdout: said, stderr: "" }),
    };
  const argv = [...beginning(args), verb, ...options, ...names];
  const done = context.check ? { stdout: said, stderr: "" } : await act(argv, what(verb, names), context);
  return { changed: true, packages, msg: message(verb, names), stdout: done.stdout, stderr: done.stderr };
}

const SETTLED: Readonly<Record<string, string>> = {
  add: "package(s) already installed",
  del: "package(s) already removed",
  upgrade: "packages already upgraded",
};

const message = (verb: string, names: readonly string[]): string =>
  verb === "upgrade"
    ? "upgraded packages"
    : `${verb === "del" ? "removed" : "installed"} ${names.join(" ")} package(s)`;

const what = (verb: string, names: readonly string[]): string =>
  verb === "upgrade" ? "upgrade the system" : `${verb === "del" ? "remove" : "install"} ${names.join(", ")}`;

/** The names for which something is to be done, and what apk says that it would do. */
async function asked(
  args: Apk,
  verb: string,
  options: readonly string[],
  context: ModuleContext,
): Promise<{ names: string[]; said: string }> {
  const plain = args.state === "latest" ? "latest" : "present";
  const state = verb === "add" ? plain : verb === "del" ? "absent" : "upgrade";
  const simulate = [...beginning(args), verb, "--simulate", ...options];
  const words = [state, args.world, String(args.name.length), ...args.name, ...simulate];
  const query = script("apk-query", QUERY, words, { env: { LC_ALL: "C" } });
  const { code, stdout, stderr } = await context.ask({ ...query, readOnly: true });
  if (code === 127) throw missing("apk");
  if (code !== 0) throw new ModuleFailure(`cannot ask apk: ${lastLine(stderr, code)}`, { rc: code, stderr });
  const [head = "", rest = ""] = stdout.split(/^farm-simulated\n/m, 2);
  const names = [...head.matchAll(/^unsettled (.*)$/gm)].map(([, name = ""]) => name);
  const [, said = "", exit = "0"] = /^([\s\S]*?)farm-exit (\d+)\s*$/.exec(rest) ?? [];
  if (exit !== "0") throw failed(what(verb, names), { code: Number(exit), stdout: said, stderr: "" });
  return { names, said };
}

async function act(argv: readonly string[], doing: string, context: ModuleContext): Promise<CommandResult> {
  const result = await context.act({ argv: [...argv] as [string, ...string[]], env: { LC_ALL: "C" } });
  if (result.code === 127) throw missing("apk");
  if (result.code !== 0) throw failed(doing, result);
  return result;
}

/** The packages of `(1/3) Installing bash (5.2.21-r0)`. */
export const apkPackages = (stdout: string): string[] =>
  [
    ...stdout.matchAll(
      /^\(\s*\d+\/\d+\) (?:Installing|Upgrading|Downgrading|Replacing|Reinstalling|Purging) (\S+)/gm,
    ),
  ].map(([, name = ""]) => name);

/** Who needs what should go: named below a sentence that says so. */
const needed = (said: string): string | undefined =>
  /not removed due to:\n((?: +.*\n?)+)/
    .exec(said)?.[1]
    ?.trim()
    .replace(/\s*\n\s*/g, "; ");

function failed(doing: string, { code, stdout, stderr }: CommandResult): ModuleFailure {
  const text = `${stderr}\n${stdout}`;
  const [, error, more = ""] = /^ERROR: (.*)\n?((?: {2}.*\n?)*)/m.exec(text) ?? [];
  const details = more.trim().replace(/\s*\n\s*/g, " ");
  const why = error === undefined ? lastLine(stderr || stdout, code) : `${error} ${details}`.trim();
  return new ModuleFailure(`cannot ${doing}: ${why}`, { rc: code, stdout, stderr });
}
