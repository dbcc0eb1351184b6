import { ModuleFailure } from "../module/failure.js";
import { type AptOptions, type AptStep, aptStep } from "./apt-command.js";
import { type AptPackage, type AptState, aptPackage, isInstalled, known } from "./apt-state.js";
import { compareDebianVersions } from "./debian-version.js";

/** What shall be of which packages. */
export interface AptWanted extends AptOptions {
  readonly name: readonly string[];
  readonly state: "present" | "latest" | "absent" | "build-dep" | "fixed";
  readonly deb?: string | undefined;
  readonly upgrade: "no" | "yes" | "safe" | "full" | "dist";
  readonly autoremove: boolean;
  readonly autoclean: boolean;
  readonly clean: boolean;
  readonly purge: boolean;
  readonly only_upgrade: boolean;
}

/** The packages by their names. @throws ModuleFailure for arguments that do not go together */
export function wantedPackages({ name, state, deb, upgrade }: AptWanted): readonly AptPackage[] {
  const given = [name.length > 0 && "name", deb !== undefined && "deb", upgrade !== "no" && "upgrade"];
  const together = given.filter((each) => each !== false);
  if (together.length > 1)
    throw new ModuleFailure(`apt takes one of name, deb and upgrade, not ${together.join(" and ")}`);
  if (deb !== undefined && state !== "present")
    throw new ModuleFailure("a deb can only be installed: state must be present");
  if (name.includes("*") && (state !== "latest" || name.length > 1))
    throw new ModuleFailure("the name '*' is all packages: it stands alone, and with state latest");
  const packages = name.filter((each) => each !== "*").map(aptPackage);
  // A minus at its end would have apt-get remove it.
  const bad = packages.find((each) => !/^[A-Za-z0-9*?[][\w.+:*?[\]!-]*(?<!-)$/.test(each.name));
  if (bad) throw new ModuleFailure(`'${bad.written}' is no name of a package`);
  return packages;
}

/** Steps that only a simulation can decide about, whatever dpkg knows. */
export function openSteps(args: AptWanted, packages: readonly AptPackage[]): AptStep[] {
  const step = (verb: string, ...rest: string[]) => aptStep(args, verb, rest, false);
  if (args.upgrade !== "no" || args.name.includes("*")) return [upgradeStep(args)];
  if (args.deb !== undefined) return [];
  const names = packages.map(argument);
  if (args.state === "fixed") return [step("install", "--fix-broken", "--", ...names)];
  if (packages.length === 0)
    return [
      ...(args.autoclean ? [step("autoclean")] : []),
      ...(args.autoremove ? [step("autoremove", ...(args.purge ? ["--purge"] : []))] : []),
    ];
  if (args.state === "build-dep") return [step("build-dep", "--", ...names)];
  return args.state === "latest" ? [step("install", ...installOptions(args), ...names)] : [];
}

function upgradeStep(args: AptWanted): AptStep {
  const remove = args.autoremove ? ["--auto-remove"] : [];
  return args.upgrade === "full" || args.upgrade === "dist"
    ? aptStep(args, "dist-upgrade", remove, false)
    : aptStep(args, "upgrade", ["--with-new-pkgs", ...remove], false);
}

const installOptions = (args: AptWanted): string[] => [
  ...(args.only_upgrade ? ["--only-upgrade"] : []),
  ...(args.autoremove ? ["--auto-remove"] : []),
  "--",
];

/** apt-get itself knows no `>=`. */
const argument = ({ name, written, atLeast }: AptPackage): string => (atLeast ? name : written);

/** Each pattern's packages in its place. @throws ModuleFailure for one without any */
export const expanded = (packages: readonly AptPackage[], { matches }: AptState): AptPackage[] =>
  packages.flatMap((each) => {
    if (!isPattern(each)) return [each];
    const found = matches.get(each.name);
    if (!found) throw new ModuleFailure(`No package(s) matching '${each.name}' available`);
    return found.map((name) => ({ ...each, name, written: name + each.written.slice(each.name.length) }));
  });

export const isPattern = ({ name }: AptPackage): boolean => /[*?[]/.test(name);

/** Steps that are decided by what dpkg knows. @param packages patterns are expanded */
export function knownSteps(args: AptWanted, packages: readonly AptPackage[], state: AptState): AptStep[] {
  if (args.deb !== undefined) return debSteps(args, state);
  if (args.state === "present") {
    const lacking = packages.filter((each) => !isInstalled(each, state) && !isSkipped(args, each, state));
    const sure = !lacking.some(({ atLeast }) => atLeast);
    return lacking.length === 0
      ? []
      : [aptStep(args, "install", [...installOptions(args), ...lacking.map(argument)], sure)];
  }
  if (args.state !== "absent") return [];
  const there = packages.filter((each) => isInstalled(each, state, false) || (args.purge && isLeft(each)));
  const options = [...(args.purge ? ["--purge"] : []), ...(args.autoremove ? ["--auto-remove"] : [])];
  return there.length === 0
    ? []
    : [aptStep(args, "remove", [...options, "--", ...there.map(({ name }) => name)], true)];

  /** Only its configuration is there. */
  function isLeft(each: AptPackage): boolean {
    return known(each.name, state).some(({ status }) => status === "config-files");
  }
}

const isSkipped = (args: AptWanted, one: AptPackage, state: AptState): boolean =>
  args.only_upgrade && !isInstalled({ ...one, version: undefined }, state, false);

/** The files that hold something else than what is installed. */
function debSteps(args: AptWanted, state: AptState): AptStep[] {
  const files = debFiles(args).filter((_file, at) => {
    const deb = state.debs[at];
    const there = deb && known(`${deb.name}:${deb.arch}`, state).find(({ status }) => status === "installed");
    return !there || compareDebianVersions(there.version, deb.version) !== 0;
  });
  const paths = files.map((file) => (/^[/.]/.test(file) ? file : `./${file}`));
  return files.length === 0 ? [] : [aptStep(args, "install", ["--", ...paths], true)];
}

export const debFiles = ({ deb }: AptWanted): string[] =>
  (deb ?? "")
    .split(",")
    .map((file) => file.trim())
    .filter((file) => file !== "");

/** What an installation comes to must be as new as was asked for. @param stdout of the simulation @throws ModuleFailure */
export function checkLowest(packages: readonly AptPackage[], stdout: string): void {
  for (const { name, version, written, atLeast } of packages) {
    if (!atLeast || version === undefined) continue;
    const found = [...stdout.matchAll(/^Inst (\S+)(?: \[[^\]]*\])? \((\S+)/gm)].find(
      ([, each]) => each === name.split(":")[0],
    )?.[2];
    if (found === undefined || compareDebianVersions(found, version) < 0)
      throw new ModuleFailure(
        `no available installation candidate for ${written}: the newest is ${found ?? "there already"}`,
      );
  }
}
