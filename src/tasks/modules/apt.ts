import { z } from "zod";
import type { Command } from "../../transport/shell.js";
import { type AptPackage, aptPackage, aptQuery, isInstalled, parseAptState } from "../packages/apt-state.js";
import { missing } from "../packages/package-manager.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { bool, int, list, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module, ModuleContext, ModuleResult } from "./module.js";

const Args = z.strictObject({
  name: list().default([]).describe("packages: `name`, `name=1.2*`, `name/release`"),
  state: z
    .enum(["present", "latest", "absent", "build-dep", "fixed"])
    .default("present")
    .describe("what shall be of them; fixed corrects broken dependencies"),
  deb: path().optional().describe("a .deb file on the machine"),
  update_cache: bool().optional().describe("refresh the package lists first; so does cache_valid_time"),
  cache_valid_time: int().default(0).describe("seconds for which the lists need no refresh"),
  update_cache_retries: int().default(5).describe("how often a failing refresh is tried again"),
  update_cache_retry_max_delay: int().default(12).describe("seconds between these, at most"),
  upgrade: z
    .preprocess(
      (value) => (value === true ? "yes" : value === false ? "no" : value),
      z.enum(["no", "yes", "safe", "full", "dist"]),
    )
    .default("no")
    .describe("the whole system: yes and safe remove nothing, full and dist may"),
  install_recommends: bool()
    .optional()
    .describe("recommended packages too; the machine's configuration decides"),
  default_release: text().optional().describe("the release that packages come from"),
  dpkg_options: text()
    .default("force-confdef,force-confold")
    .describe("options of dpkg, separated by commas"),
  autoremove: bool().default(false).describe("remove what nothing needs any more"),
  autoclean: bool().default(false).describe("remove archives that cannot be fetched any more"),
  clean: bool().default(false).describe("remove all archives"),
  purge: bool().default(false).describe("remove configuration too"),
  only_upgrade: bool().default(false).describe("install nothing that is not there"),
  force: bool().default(false).describe("as allow_unauthenticated and allow_downgrade together"),
  force_apt_get: bool().default(false).describe("accepted: it always is apt-get"),
  fail_on_autoremove: bool().default(false).describe("fail when something would be removed"),
  allow_unauthenticated: bool().default(false).describe("packages without a signature"),
  allow_downgrade: bool().default(false).describe("older versions"),
  allow_change_held_packages: bool().default(false).describe("packages that are held"),
  policy_rc_d: int().optional().describe("accepted"),
  lock_timeout: int().default(60).describe("seconds to wait for another apt or dpkg"),
});
type Apt = z.infer<typeof Args>;

const ENV = { DEBIAN_FRONTEND: "noninteractive", DEBIAN_PRIORITY: "critical", LC_ALL: "C" };

/** Packages of Debian and Ubuntu. */
export const apt: Module<Apt> = {
  name: "apt",
  summary: "Installs and removes packages of Debian and Ubuntu.",
  args: Args,
  aliases: {
    pkg: "name",
    package: "name",
    "update-cache": "update_cache",
    "default-release": "default_release",
    "install-recommends": "install_recommends",
    "allow-unauthenticated": "allow_unauthenticated",
    "allow-downgrade": "allow_downgrade",
  },
  differs: [
    "`deb` is a path on the machine, no address.",
    "`policy_rc_d` is not written.",
    "safe upgrades are apt-get's `upgrade --with-new-pkgs`, as Ansible's without aptitude.",
  ],
  async run(args, context) {
    const packages = args.name.map(aptPackage);
    const answer = await context.ask({ ...aptQuery(packages.map(({ name }) => name)), readOnly: true });
    if (answer.code === 127) throw missing("apt-get");
    const state = parseAptState(answer.stdout);
    const age = context.clock.now() / 1000 - state.cacheTime;
    const refresh = (args.update_cache ?? args.cache_valid_time > 0) && age > args.cache_valid_time;
    if (refresh) await update(args, context);
    const cache = {
      cache_updated: refresh,
      cache_update_time: refresh ? Math.floor(context.clock.now() / 1000) : state.cacheTime,
    };
    const steps = stepsOf(
      args,
      packages.filter((each) => isUnsettled(args, isInstalled(each, state))),
    );
    const done = await runAll(steps, context);
    // As Ansible: a refresh alone is a change only when nothing else was asked for.
    const alone = refresh && args.name.length === 0 && args.upgrade === "no" && args.deb === undefined;
    return { ...done, changed: done.changed || alone, ...cache };
  },
};

function isUnsettled({ state, only_upgrade }: Apt, installed: boolean): boolean {
  if (state === "absent") return installed;
  if (only_upgrade && !installed) return false;
  return state !== "present" || !installed;
}

const stepsOf = (args: Apt, unsettled: readonly AptPackage[]): Command[] => [
  ...(args.upgrade === "no" ? [] : [upgrade(args)]),
  ...packageSteps(args, unsettled),
  ...(args.deb === undefined
    ? []
    : [get(args, "install", [args.deb.startsWith("/") ? args.deb : `./${args.deb}`])]),
  ...(args.autoremove ? [get(args, "autoremove", args.purge ? ["--purge"] : [])] : []),
  ...(args.autoclean ? [get(args, "autoclean", [])] : []),
  ...(args.clean ? [get(args, "clean", [])] : []),
];

function packageSteps(args: Apt, unsettled: readonly AptPackage[]): Command[] {
  const { state } = args;
  if (state === "fixed") return [get(args, "install", ["--fix-broken"])];
  if (unsettled.length === 0) return [];
  const names = unsettled.map(({ written, name }) => (state === "absent" ? name : written));
  if (state === "build-dep") return [get(args, "build-dep", names)];
  if (state === "absent") return [get(args, "remove", [...(args.purge ? ["--purge"] : []), "--", ...names])];
  return [get(args, "install", [...(args.only_upgrade ? ["--only-upgrade"] : []), "--", ...names])];
}

const upgrade = (args: Apt): Command =>
  args.upgrade === "full" || args.upgrade === "dist"
    ? get(args, "dist-upgrade", [])
    : get(args, "upgrade", ["--with-new-pkgs"]);

/** One apt-get command. */
function get(args: Apt, verb: string, rest: readonly string[]): Command {
  const options = args.dpkg_options
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const recommends = args.install_recommends;
  const either = (flag: boolean, option: string) => (flag ? [option] : []);
  return {
    argv: [
      "apt-get",
      "-y",
      "-q",
      "-o",
      `DPkg::Lock::Timeout=${args.lock_timeout}`,
      ...options.flatMap((each) => ["-o", `Dpkg::Options::=--${each}`]),
      ...(args.default_release === undefined ? [] : ["-t", args.default_release]),
      ...(recommends === undefined ? [] : ["-o", `APT::Install-Recommends=${recommends ? "yes" : "no"}`]),
      ...either(args.allow_unauthenticated || args.force, "--allow-unauthenticated"),
      ...either(args.allow_downgrade || args.force, "--allow-downgrades"),
      ...either(args.allow_change_held_packages, "--allow-change-held-packages"),
      ...either(args.fail_on_autoremove, "--no-remove"),
      verb,
      ...rest,
    ],
    env: ENV,
  };
}

async function runAll(steps: readonly Command[], context: ModuleContext): Promise<ModuleResult> {
  let [stdout, stderr, changed] = ["", "", false];
  for (const step of steps) {
    const result = await context.act(step);
    stdout += result.stdout;
    stderr += result.stderr;
    if (result.code !== 0)
      throw new ModuleFailure(`apt-get failed: ${aptError(result.stderr, result.code)}`, {
        rc: result.code,
        stdout,
        stderr,
      });
    changed ||= context.check || didSomething(result.stdout);
  }
  return { changed, ...(steps.length > 0 && { stdout, stderr }) };
}

/** apt-get says how much it did. */
export const didSomething = (stdout: string): boolean =>
  !/^0 upgraded, 0 newly installed, 0 to remove and \d+ not upgraded\.$/m.test(stdout) &&
  !/^\s*$/.test(stdout);

/** The first of apt's errors, which says most. */
export const aptError = (stderr: string, code: number): string =>
  /^E: (.*)$/m.exec(stderr)?.[1] ?? lastLine(stderr, code);

/** Waits for whoever holds the lists, and tries again when a mirror fails. */
const UPDATE = `end=$(( $(date +%s) + $1 )) retries=$2 longest=$3 pause=1
while :; do
  said=$(apt-get -q update 2>&1) && break
  case $said in
    *"Could not get lock"*|*"Unable to lock"*) [ "$(date +%s)" -lt "$end" ] || { printf '%s\\n' "$said" >&2; exit 100; }; sleep 1; continue ;;
  esac
  [ "$retries" -gt 0 ] || { printf '%s\\n' "$said" >&2; exit 100; }
  retries=$((retries - 1))
  sleep "$pause"
  pause=$((pause * 2))
  [ "$pause" -le "$longest" ] || pause=$longest
done
printf '%s\\n' "$said"`;

async function update(args: Apt, context: ModuleContext): Promise<void> {
  const given = [args.lock_timeout, args.update_cache_retries, args.update_cache_retry_max_delay].map(String);
  const { code, stdout, stderr } = await context.act(script("apt-update", UPDATE, given, { env: ENV }));
  if (code !== 0)
    throw new ModuleFailure(`Failed to update apt cache: ${aptError(stderr, code)}`, {
      rc: code,
      stdout,
      stderr,
    });
}
