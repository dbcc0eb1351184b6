import { z } from "zod";
import type { Command } from "../../transport/shell.js";
import { bool, int, list, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { APT_ENV } from "../packages/apt-command.js";
import {
  checkLowest,
  debFiles,
  expanded,
  isPattern,
  knownSteps,
  openSteps,
  wantedPackages,
} from "../packages/apt-plan.js";
import { AptRun } from "../packages/apt-run.js";
import { type AptPackage, type AptState, aptQuery, parseAptState } from "../packages/apt-state.js";
import { updateLists } from "../packages/apt-update.js";
import { missing } from "../packages/package-manager.js";
import { lastLine } from "../remote/status.js";

const Args = z.strictObject({
  name: list()
    .default([])
    .describe("packages: `name`, `name=1.2*`, `name>=1.2`, `name/release`, `na*`; `*` with latest is all"),
  state: z
    .enum(["present", "latest", "absent", "build-dep", "fixed"])
    .default("present")
    .describe("what shall be of them; fixed corrects broken dependencies"),
  deb: path().optional().describe("a .deb file on the machine, or several, separated by commas"),
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
  policy_rc_d: int()
    .optional()
    .describe("the exit status of policy-rc.d meanwhile: with 101 no service is started"),
  lock_timeout: int().default(60).describe("seconds to wait for another apt or dpkg"),
});

type Apt = z.infer<typeof Args>;

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
    allow_downgrades: "allow_downgrade",
    "allow-downgrades": "allow_downgrade",
  },
  differs: [
    "`deb` is a path on the machine, no address; what it needs is installed with it.",
    "safe upgrades are apt-get's `upgrade --with-new-pkgs`, as Ansible's without aptitude.",
    "`diff` lists the packages before and after.",
    "A refresh alone is a change when the lists are other than before; `clean` is one when there are archives.",
  ],
  async run(args, context) {
    const packages = wantedPackages(args);
    const mayRefresh = args.update_cache ?? args.cache_valid_time > 0;
    // One question tells all, where nothing comes in between.
    const open = mayRefresh || packages.some(isPattern) ? [] : openSteps(args, packages);
    const state = await ask(args, packages, open.length === 1 ? open[0]?.simulate : undefined, context);
    const valid = args.cache_valid_time;
    const refresh = mayRefresh && (valid === 0 || state.now - state.cacheTime > valid);
    const updated = refresh ? await updateLists(args, context) : undefined;
    const done = await settle(args, packages, state, context);
    // As Ansible: a refresh is a change only when nothing else was asked for.
    const other = args.name.length > 0 || args.upgrade !== "no" || args.deb !== undefined;
    return {
      ...done,
      changed: done.changed || (!other && updated?.changed === true),
      cache_updated: refresh,
      cache_update_time: refresh ? (updated?.time ?? state.now) : state.cacheTime,
    };
  },
};

async function ask(
  args: Apt,
  packages: readonly AptPackage[],
  simulate: Command | undefined,
  context: ModuleContext,
): Promise<AptState> {
  const names = packages.map(({ name }) => name);
  const answer = await context.ask(aptQuery({ names, debs: debFiles(args), archives: args.clean, simulate }));
  if (answer.code === 127) throw missing("apt-get");
  const { rc, stderr } = { rc: answer.code, stderr: answer.stderr };
  if (rc !== 0) throw new ModuleFailure(`cannot ask dpkg: ${lastLine(stderr, rc)}`, { rc, stderr });
  const state = parseAptState(answer.stdout);
  return state.simulated ? { ...state, simulated: { ...state.simulated, stderr } } : state;
}

async function settle(
  args: Apt,
  written: readonly AptPackage[],
  state: AptState,
  context: ModuleContext,
): Promise<ModuleResult> {
  const packages = expanded(written, state);
  const run = new AptRun(context, args.policy_rc_d);
  if (args.clean && state.archives) {
    await run.act({ argv: ["apt-get", "clean"], env: APT_ENV });
    run.changed();
  }
  const lowest = (stdout: string) => checkLowest(args.state === "present" ? packages : [], stdout);
  for (const step of knownSteps(args, packages, state)) await run.step(step, undefined, lowest);
  for (const step of openSteps(args, packages)) await run.step(step, state.simulated);
  await markManual(args, packages, state, context);
  return told(args, run);
}

/** As with Ansible, an upgrade and files tell what was said even when there was nothing to do. */
function told({ deb, upgrade, name }: Apt, run: AptRun): ModuleResult {
  if (deb !== undefined) return { ...run.nothing, ...run.result };
  if (upgrade === "no" && !name.includes("*")) return run.result;
  const said = { ...run.nothing, ...run.result };
  return { ...said, msg: said.stdout };
}

/** What is asked for by its name is not to go when nothing needs it any more. As with Ansible no change. */
async function markManual(
  { state: wanted }: Apt,
  packages: readonly AptPackage[],
  { automatic }: AptState,
  context: ModuleContext,
): Promise<void> {
  const names = packages.map(({ name }) => name).filter((name) => automatic.has(name.split(":")[0] ?? ""));
  if (names.length === 0 || (wanted !== "present" && wanted !== "latest")) return;
  const { code, stderr } = await context.act({ argv: ["apt-mark", "manual", ...names], env: APT_ENV });
  if (code !== 0)
    throw new ModuleFailure(
      `cannot mark ${names.join(", ")} as installed by hand: ${lastLine(stderr, code)}`,
    );
}
