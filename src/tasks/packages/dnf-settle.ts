import { z } from "zod";
import { bool, int, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { splitWords } from "../words.js";
import { dnfError, isOfGroups, optionsOf, parseTransaction } from "./dnf-command.js";
import { missing } from "./package-manager.js";
import { IS_LOCKED, waitingForLock } from "./rpm-lock.js";
import { settleRpms } from "./rpm-transaction.js";

/** What dnf and yum understand. */
export const DnfArgs = z.strictObject({
  name: list().default([]).describe("packages, with versions or not; `@group`, files, addresses; `*` is all"),
  state: z
    .enum(["present", "installed", "latest", "absent", "removed"])
    .optional()
    .describe("what shall be of them: present, or absent with autoremove"),
  update_cache: bool().default(false).describe("refresh the package lists first"),
  upgrade: bool().default(false).describe("upgrade the whole system first, as `name: '*', state: latest`"),
  update_only: bool().default(false).describe("with latest: install nothing that is not there"),
  autoremove: bool().default(false).describe("remove what nothing needs any more"),
  allow_downgrade: bool().default(false).describe("older versions too"),
  allowerasing: bool().default(false).describe("remove what is in the way"),
  nobest: bool().default(false).describe("older versions where the newest cannot be installed"),
  skip_broken: bool().default(false).describe("leave out what cannot be installed"),
  install_weak_deps: bool().default(true).describe("recommended packages too"),
  security: bool().default(false).describe("with latest: only what mends security"),
  bugfix: bool().default(false).describe("with latest: only what mends errors"),
  enablerepo: list().default([]).describe("repositories besides those that are enabled"),
  disablerepo: list().default([]).describe("repositories not to be used"),
  exclude: list().default([]).describe("packages to be left out"),
  enable_plugin: list().default([]).describe("plugins to be used"),
  disable_plugin: list().default([]).describe("plugins not to be used"),
  disable_excludes: text()
    .optional()
    .describe("excludes of the configuration not to be minded: all, main, a repository"),
  disable_gpg_check: bool()
    .default(false)
    .describe("packages without a signature too, from repositories and as files"),
  sslverify: bool().default(true).describe("check the servers' certificates"),
  validate_certs: bool().default(true).describe("the same"),
  cacheonly: bool().default(false).describe("fetch no package lists"),
  conf_file: path().optional().describe("another configuration"),
  installroot: path().optional().describe("another root directory"),
  releasever: text().optional().describe("another release of the system"),
  download_only: bool().default(false).describe("fetch, and install nothing"),
  download_dir: path().optional().describe("where to"),
  lock_timeout: int().default(30).describe("seconds to wait for another dnf or yum to be done"),
  install_repoquery: bool().default(true).describe("accepted: there is no need of it"),
  extra_args: text().default("").describe("further options"),
});
type DnfArgs = z.infer<typeof DnfArgs>;

export const DNF_DIFFERS = [
  "A lock whose process is gone is none.",
  "A repository that enablerepo or disablerepo names and that is not there is a failure.",
  "An older version than the one that is there is installed with allow_downgrade only.",
  "download_only is a change only when a file is not there yet.",
];

/** Packages by dnf or yum. @throws ModuleFailure */
export async function settleDnf(
  program: string,
  args: DnfArgs,
  context: ModuleContext,
): Promise<ModuleResult> {
  const { names, state } = wantedOf(program, args);
  if (args.update_cache) await refresh(program, args, context);
  if (args.upgrade) {
    const all = await settle(program, { ...args, upgrade: false }, ["*"], "latest", context);
    if (names.length === 0) return all;
    const rest = await settle(program, args, names, state, context);
    return { ...rest, changed: all.changed || rest.changed };
  }
  if (names.length === 0 && !args.autoremove)
    return { changed: false, rc: 0, msg: "Cache updated", results: [] };
  return settle(program, args, names, state, context);
}

function wantedOf(program: string, args: DnfArgs): { names: readonly string[]; state: State } {
  const { name: names, autoremove } = args;
  const plain = { installed: "present", removed: "absent" } as const;
  const given = args.state === "installed" || args.state === "removed" ? plain[args.state] : args.state;
  const state = given ?? (autoremove ? "absent" : "present");
  if (names.length === 0 && !args.update_cache && !args.upgrade && !autoremove)
    throw new ModuleFailure(`${program} needs name, update_cache, upgrade or autoremove`);
  if (autoremove && state !== "absent")
    throw new ModuleFailure(`${program}: autoremove goes with state absent, or with none`);
  const bad = names.find((name) => name.startsWith("-"));
  if (bad !== undefined) throw new ModuleFailure(`'${bad}' is no name of a package`);
  return { names, state };
}

/** Lists that seem fresh are fetched as well. */
async function refresh(program: string, args: DnfArgs, context: ModuleContext): Promise<void> {
  const locked = script("rpm-lock", `${IS_LOCKED}\nfarm_locked "$@" || :`, [program, rootOf(args) ?? ""]);
  const lock = { program, lockTimeout: args.lock_timeout };
  await waitingForLock(lock, context, () => context.ask({ ...locked, readOnly: true }));
  const argv = [program, "-q", "-y", ...optionsOf(args), "makecache"] as const;
  const result = await context.act({ argv, env: { LC_ALL: "C" } });
  const { code, stdout, stderr } = result;
  if (code === 127) throw missing(program);
  if (code === 0) return;
  const why = dnfError(result) ?? lastLine(stderr, code);
  throw new ModuleFailure(`cannot update the package lists: ${why}`, { rc: code, stdout, stderr });
}

type State = "present" | "latest" | "absent";

function settle(
  program: string,
  args: DnfArgs,
  names: readonly string[],
  state: State,
  context: ModuleContext,
): Promise<ModuleResult> {
  const isAll = state === "latest" && names.includes("*");
  // Without a name there is nothing to look at first: dnf itself is to tell.
  const given = names.length === 0 ? ["--"] : isAll ? ["*"] : names;
  const end = commandOf(args, names, state);
  const updates = args.update_only && state === "latest" && !isAll;
  return settleRpms(
    {
      program,
      state: names.length === 0 ? "latest" : updates ? "update" : state,
      names: given,
      simulate: [program, "--assumeno", ...end],
      act: [program, "-y", "-q", ...end],
      allowDowngrade: args.allow_downgrade || isAll,
      lockTimeout: args.lock_timeout,
      root: rootOf(args),
      ...(args.download_only && state !== "absent" && { downloads: downloadsOf(program, args) }),
      isIdle: isOfGroups,
      parse: parseTransaction,
      error: dnfError,
    },
    context,
  );
}

const rootOf = ({ installroot }: DnfArgs) => (installroot === "/" ? undefined : installroot);

const downloadsOf = (program: string, { download_dir, installroot = "" }: DnfArgs): string =>
  download_dir ?? `${installroot}/var/cache/${program}`;

/** A file or address of a package, whose signature dnf by itself does not mind. */
const isFile = (name: string): boolean => /^[^@].*\.rpm$/.test(name) || name.includes("://");

/** All of a command but the program and the names. */
function commandOf(args: DnfArgs, names: readonly string[], state: State): string[] {
  const clean = `--setopt=clean_requirements_on_remove=${args.autoremove ? "True" : "False"}`;
  if (state === "absent") {
    const verb = names.length === 0 ? "autoremove" : "remove";
    return [...optionsOf(args), clean, verb, ...splitWords(args.extra_args)];
  }
  const update = state === "latest" && (args.update_only || names.includes("*"));
  const fixes = [...(args.security ? ["--security"] : []), ...(args.bugfix ? ["--bugfix"] : [])];
  const verb = update ? "upgrade" : "install";
  // Where the best is not asked for, what is there is good enough for dnf.
  const best = args.nobest || args.skip_broken ? [] : ["--setopt=best=True"];
  const isSigned = !args.disable_gpg_check && names.some(isFile);
  return [
    ...optionsOf(args),
    ...(isSigned ? ["--setopt=localpkg_gpgcheck=True"] : []),
    ...(state === "latest" ? [...best, ...fixes] : []),
    verb,
    ...splitWords(args.extra_args),
  ];
}
