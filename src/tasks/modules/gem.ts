import { z } from "zod";
import { bool, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { actTool, askTool } from "../packages/tool-packages.js";
import { script } from "../remote/script.js";
import { splitWords } from "../words.js";

const Args = z.strictObject({
  name: text().describe("the gem"),
  version: text().optional().describe("its version"),
  state: z.enum(["present", "latest", "absent"]).default("present").describe("what shall be of it"),
  gem_source: path().optional().describe("a .gem file on the machine to install"),
  repository: text().optional().describe("where gems come from"),
  user_install: bool().default(true).describe("for the task's user only"),
  install_dir: path().optional().describe("a directory of its own; not with user_install"),
  bindir: path().optional().describe("where programs are put"),
  executable: text().optional().describe("which gem"),
  include_dependencies: bool().default(true).describe("what it needs, too"),
  include_doc: bool().default(false).describe("documentation too"),
  pre_release: bool().default(false).describe("versions before a release too"),
  env_shebang: bool().default(false).describe("programs begin with env"),
  build_flags: text().optional().describe("for what is compiled"),
  force: bool().default(false).describe("without looking at dependencies"),
  norc: bool().default(true).describe("mind no .gemrc"),
});
type Gem = z.infer<typeof Args>;

/** What is there, and on a second line what is to be had. */
const QUERY = `latest=$1 pattern=$2 program=$3; shift 3
command -v "$program" >/dev/null || exit 127
"$program" list --local --quiet --all "$@" "$pattern" || exit
echo farm-remote
if [ "$latest" ]; then "$program" list --remote --quiet $latest "$@" "$pattern" || exit; fi`;

/** Gems of Ruby. */
export const gem: Module<Gem> = {
  name: "gem",
  summary: "Installs and removes gems of Ruby.",
  args: Args,
  aliases: { source: "repository" },
  async run(args, context) {
    checkTogether(args);
    const program = args.executable ?? "gem";
    const env = { LC_ALL: "C", ...(args.install_dir !== undefined && { GEM_HOME: args.install_dir }) };
    const pattern = `^${args.name.replace(/[.+^${}()|[\]\\*?]/g, "\\$&")}$`;
    const from =
      args.state === "latest" && args.repository !== undefined ? ["--source", args.repository] : [];
    const norc = args.norc ? ["--norc"] : [];
    const looks = args.state === "latest" ? (args.pre_release ? "--prerelease" : "--no-prerelease") : "";
    const words = [looks, pattern, program, ...norc, ...from];
    const asked = await askTool("gem", script("gem-query", QUERY, words, { env }), context);
    const fields = { name: args.name, state: args.state, version: args.version ?? null };
    if (asked.code !== 0)
      throw new ModuleFailure(`cannot ask gem: ${gemError(asked.stderr) ?? `exit status ${asked.code}`}`, {
        rc: asked.code,
        stderr: asked.stderr,
      });
    const [local = "", remote = ""] = asked.stdout.split(/^farm-remote$/m, 2);
    const there = gemVersions(local, args.name);
    const newest = gemVersions(remote, args.name)[0];
    const wanted = args.version ?? newest;
    const isThere = wanted === undefined ? there.length > 0 : there.includes(wanted);
    if (isThere !== (args.state === "absent")) return { changed: false, ...fields };
    const argv = [
      program,
      ...(args.state === "absent" ? removal(args) : installation(args, newest)),
    ] as const;
    const { stdout, stderr } = await actTool(
      "gem",
      { argv: [...argv] as [string, ...string[]], env },
      context,
      gemError,
    );
    return { changed: true, stdout, stderr, ...fields };
  },
};

function checkTogether(args: Gem): void {
  const wrong = (why: string) => new ModuleFailure(`gem: ${why}`);
  if (args.name.startsWith("-")) throw wrong(`'${args.name}' is no name of a gem`);
  if (args.version !== undefined && args.state === "latest") throw wrong("version or the latest, not both");
  if (args.gem_source !== undefined && args.state === "latest") throw wrong("a file has no latest version");
  if (args.gem_source !== undefined && (args.version ?? args.repository) !== undefined)
    throw wrong("gem_source goes with neither version nor repository");
  if (args.user_install && args.install_dir !== undefined)
    throw wrong("install_dir needs user_install: false");
}

function installation(args: Gem, newest: string | undefined): string[] {
  const either = (flag: boolean, option: string) => (flag ? [option] : []);
  const version = args.version ?? newest;
  return [
    "install",
    ...either(args.norc, "--norc"),
    ...(version === undefined ? [] : ["--version", version]),
    ...(args.repository === undefined ? [] : ["--source", args.repository]),
    ...either(!args.include_dependencies, "--ignore-dependencies"),
    args.user_install ? "--user-install" : "--no-user-install",
    ...places(args),
    ...either(args.pre_release, "--pre"),
    ...either(!args.include_doc, "--no-document"),
    ...either(args.env_shebang, "--env-shebang"),
    ...either(args.force, "--force"),
    args.gem_source ?? args.name,
    ...(args.build_flags === undefined ? [] : ["--", ...splitWords(args.build_flags)]),
  ];
}

const places = (args: Gem): string[] => [
  ...(args.install_dir === undefined ? [] : ["--install-dir", args.install_dir]),
  ...(args.bindir === undefined ? [] : ["--bindir", args.bindir]),
];

const removal = (args: Gem): string[] => [
  "uninstall",
  ...(args.norc ? ["--norc"] : []),
  ...places(args),
  ...(args.version === undefined ? ["--all"] : ["--version", args.version]),
  "--executables",
  // A user's gems are elsewhere, and an older gem must be told to look there.
  ...(args.user_install && args.install_dir === undefined ? ["--user-install"] : []),
  ...(args.force ? ["--force"] : []),
  args.name,
];

/** Of a line such as `rake (13.0.6, default: 12.3 ruby java)`, newest first. */
export function gemVersions(stdout: string, name: string): string[] {
  const line = stdout.split("\n").find((each) => each.startsWith(`${name} (`));
  const [, versions = ""] = /\((.*)\)/.exec(line ?? "") ?? [];
  return versions
    .split(", ")
    .map((each) => each.replace(/^default: /, "").split(" ")[0] ?? "")
    .filter((each) => each !== "");
}

const gemError = (stderr: string): string | undefined => {
  const lines = [...stderr.matchAll(/^ERROR: +(.*(?:\n {4,}.*)*)/gm)].map(([, one = ""]) =>
    one.replace(/\s+/g, " "),
  );
  return lines.length === 0 ? undefined : [...new Set(lines)].slice(0, 2).join("; ");
};
