import { z } from "zod";
import { bool, list, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext } from "../module/module.js";
import { missing } from "../packages/package-manager.js";
import {
  type PacmanTarget,
  pacmanQuery,
  parsePacmanAnswer,
  parseUpgrades,
} from "../packages/pacman-query.js";
import { PacmanWork } from "../packages/pacman-work.js";
import { lastLine } from "../remote/status.js";
import { splitWords } from "../words.js";

const Args = z.strictObject({
  name: list().default([]).describe("packages, groups, files and addresses of packages, `name>=1.2`"),
  state: z
    .enum(["present", "installed", "latest", "absent", "removed"])
    .default("present")
    .describe("what shall be of them"),
  update_cache: bool().default(false).describe("refresh the package lists first"),
  update_cache_extra_args: text().default("").describe("further options of that"),
  upgrade: bool().default(false).describe("upgrade the whole system; not together with name"),
  upgrade_extra_args: text().default("").describe("further options of that"),
  force: bool()
    .default(false)
    .describe("remove without looking at dependencies; refresh lists that seem new"),
  remove_nosave: bool().default(false).describe("remove changed configuration files too"),
  reason: z.enum(["explicit", "dependency"]).optional().describe("why they are installed"),
  reason_for: z.enum(["new", "all"]).default("new").describe("for which of them the reason is set"),
  executable: text().default("pacman").describe("which pacman"),
  extra_args: text().default("").describe("further options of pacman"),
});
type Pacman = z.infer<typeof Args>;

/** Packages of Arch Linux. */
export const pacman: Module<Pacman> = {
  name: "pacman",
  summary: "Installs and removes packages of Arch Linux.",
  args: Args,
  aliases: { package: "name", pkg: "name" },
  async run(args, context) {
    if (args.name.length === 0 && !args.update_cache && !args.upgrade)
      throw new ModuleFailure("pacman needs name, update_cache or upgrade");
    if (args.name.length > 0 && args.upgrade)
      throw new ModuleFailure("pacman takes name or upgrade, not both: a task each");
    const work = new PacmanWork(args.executable, context);
    if (args.update_cache) await work.refresh(splitWords(args.update_cache_extra_args), args.force);
    if (args.upgrade) await upgrade(args, work, context);
    if (args.name.length > 0) {
      const targets = await asked(args, context);
      if (isRemoval(args)) await remove(args, targets, work, context.check);
      else await install(args, targets, work, context.check);
    }
    return work.result;
  },
};

const isRemoval = ({ state }: Pacman): boolean => state === "absent" || state === "removed";

async function asked(args: Pacman, context: ModuleContext): Promise<readonly PacmanTarget[]> {
  const state = isRemoval(args) ? "absent" : args.state === "latest" ? "latest" : "present";
  const { code, stdout, stderr } = await context.ask(pacmanQuery(args.executable, state, args.name));
  if (code === 127 || code === 126) throw missing(args.executable);
  if (code !== 0)
    throw new ModuleFailure(`cannot ask pacman: ${lastLine(stderr, code)}`, { rc: code, stderr });
  const { targets, unknown } = parsePacmanAnswer(stdout);
  if (unknown.size > 0 && state !== "absent") {
    const said = [...unknown].map(([word, why]) => `'${word}' (${why || "not found"})`).join(", ");
    throw new ModuleFailure(`pacman knows no package ${said}: update_cache refreshes the lists`, { rc: 1 });
  }
  return targets;
}

async function upgrade(args: Pacman, work: PacmanWork, context: ModuleContext): Promise<void> {
  const { code, stdout, stderr } = await context.ask({
    argv: [args.executable, "-Qu"],
    env: { LC_ALL: "C" },
    readOnly: true,
  });
  if (code === 127) throw missing(args.executable);
  // Nothing to upgrade is exit status 1, without a word.
  if (code !== 0 && stdout.trim() !== "")
    throw new ModuleFailure(`cannot list upgrades: ${lastLine(stderr, code)}`, { rc: code, stdout, stderr });
  const found = parseUpgrades(stdout);
  if (found.length === 0) return work.tell("Nothing to upgrade", []);
  await work.act("upgrade the system", [
    "-Su",
    "--noconfirm",
    "--noprogressbar",
    ...splitWords(args.upgrade_extra_args),
  ]);
  work.tell(
    context.check ? `${found.length} packages would have been upgraded` : "System upgraded",
    found.map(({ name }) => name),
    {
      before: found.map(({ name, current }) => `${name}-${current}\n`).join(""),
      after: found.map(({ name, latest }) => `${name}-${latest}\n`).join(""),
    },
  );
}

async function remove(
  args: Pacman,
  targets: readonly PacmanTarget[],
  work: PacmanWork,
  check: boolean,
): Promise<void> {
  const names = targets.filter(({ version }) => version !== "").map(({ name }) => name);
  if (names.length === 0) return work.tell("package(s) already absent", []);
  const force = args.force ? ["--nodeps", "--nodeps"] : [];
  const argv = ["-R", "--noconfirm", "--noprogressbar", ...splitWords(args.extra_args), ...force];
  const printed = await work.printed(`remove ${names.join(", ")}`, [...argv, ...names]);
  const gone = printed.map(({ name, version }) => `${name}-${version}`);
  const save = args.remove_nosave ? ["--nosave"] : [];
  await work.act(`remove ${names.join(", ")}`, [...argv, ...save, ...names]);
  const said = check ? `Would have removed ${gone.length} packages` : `Removed ${gone.length} package(s)`;
  work.tell(said, gone, { before: `${gone.join("\n")}\n`, after: "" });
}

async function install(
  args: Pacman,
  targets: readonly PacmanTarget[],
  work: PacmanWork,
  check: boolean,
): Promise<void> {
  const lacking = targets.filter(({ version, newer }) => version === "" || newer !== "");
  const marked = targets.filter(
    ({ version, reason }) =>
      args.reason !== undefined && (version === "" || (args.reason_for === "all" && reason !== args.reason)),
  );
  if (lacking.length === 0 && marked.length === 0) return work.tell("package(s) already installed", []);
  const options = ["--noconfirm", "--noprogressbar", "--needed", ...splitWords(args.extra_args)];
  const found: { name: string; version: string }[] = [];
  for (const [verb, isFile] of [["-S", false] as const, ["-U", true] as const]) {
    const sources = lacking.filter((each) => each.isFile === isFile).map(({ source }) => source);
    if (sources.length === 0) continue;
    const what = `install ${sources.join(", ")}`;
    found.push(...(await work.printed(what, [verb, ...options, ...sources])));
    await work.act(what, [verb, ...options, ...sources]);
  }
  if (args.reason !== undefined && marked.length > 0) {
    const flag = args.reason === "dependency" ? "--asdeps" : "--asexplicit";
    await work.act("set the reason", ["-D", "--noconfirm", flag, ...marked.map(({ name }) => name)]);
  }
  const names = new Set([...found, ...marked].map(({ name }) => name));
  const said = check ? `Would have installed ${names.size} packages` : `Installed ${names.size} package(s)`;
  work.tell(said, [...names].sort(), installDiff(found, targets, args.reason));
}

/** As Ansible writes it: name, version and the reason, where it is known. */
function installDiff(
  found: readonly { name: string; version: string }[],
  targets: readonly PacmanTarget[],
  reason: string | undefined,
): { before: string; after: string } {
  const known = new Map(targets.map((each) => [each.name, each]));
  const before = found.flatMap(({ name }) => {
    const there = known.get(name);
    return there && there.version !== "" ? [`${name}-${there.version}-${there.reason}\n`] : [];
  });
  const after = found.map(({ name, version }) => {
    const why = known.get(name)?.reason || (known.has(name) ? reason : undefined);
    return `${name}-${version}${why ? `-${why}` : ""}\n`;
  });
  return { before: before.sort().join(""), after: after.sort().join("") };
}
