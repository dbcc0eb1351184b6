import type { Command } from "../../transport/shell.js";

/** What all of apt-get's commands may be told. */
export interface AptOptions {
  readonly lock_timeout: number;
  readonly dpkg_options: string;
  readonly default_release?: string | undefined;
  readonly install_recommends?: boolean | undefined;
  readonly force: boolean;
  readonly allow_unauthenticated: boolean;
  readonly allow_downgrade: boolean;
  readonly allow_change_held_packages: boolean;
  readonly fail_on_autoremove: boolean;
}

/** An apt-get command, and what it would do if it ran. */
export interface AptStep {
  readonly act: Command;
  readonly simulate: Command;
  /** Whether it is known that there is something to do; else the simulation tells. */
  readonly known: boolean;
}

export const APT_ENV = { DEBIAN_FRONTEND: "noninteractive", DEBIAN_PRIORITY: "critical", LC_ALL: "C" };

export function aptStep(
  options: AptOptions,
  verb: string,
  rest: readonly string[],
  isKnown: boolean,
): AptStep {
  const argv = [...aptOptions(options), verb, ...rest] as const;
  return {
    act: { argv: ["apt-get", "-y", "-q", ...argv], env: APT_ENV },
    simulate: { argv: ["apt-get", "-s", "-y", "-q", ...argv], env: APT_ENV, readOnly: true },
    known: isKnown,
  };
}

function aptOptions(options: AptOptions): string[] {
  const dpkg = options.dpkg_options
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const recommends = options.install_recommends;
  const either = (flag: boolean, option: string) => (flag ? [option] : []);
  return [
    "-o",
    `DPkg::Lock::Timeout=${options.lock_timeout}`,
    ...dpkg.flatMap((each) => ["-o", `Dpkg::Options::=--${each}`]),
    ...(options.default_release === undefined ? [] : ["-t", options.default_release]),
    ...(recommends === undefined ? [] : ["-o", `APT::Install-Recommends=${recommends ? "yes" : "no"}`]),
    ...either(options.allow_unauthenticated || options.force, "--allow-unauthenticated"),
    ...either(options.allow_downgrade || options.force, "--allow-downgrades"),
    ...either(options.allow_change_held_packages, "--allow-change-held-packages"),
    ...either(options.fail_on_autoremove, "--no-remove"),
  ];
}

/** Whether a command, simulated or real, found something to do. */
export const didSomething = (stdout: string): boolean =>
  /^(?:Inst|Remv|Purg|Del|Setting up|Unpacking|Removing|Purging) /m.test(stdout) ||
  /^[1-9]\d* not fully installed/m.test(stdout);

/** The packages before and after, by a simulation. */
export function simulatedDiff(stdout: string): { before: string; after: string } {
  const [before, after]: [string[], string[]] = [[], []];
  for (const line of stdout.split("\n")) {
    const [, verb, name = "", old, next] =
      /^(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \((\S+))?/.exec(line) ?? [];
    if (verb === undefined) continue;
    if (old !== undefined) before.push(`${name} ${old}\n`);
    if (verb === "Inst" && next !== undefined) after.push(`${name} ${next}\n`);
  }
  return { before: before.sort().join(""), after: after.sort().join("") };
}

/** apt's errors, which stand before its last line. */
export function aptError(stderr: string): string | undefined {
  const errors = [...stderr.matchAll(/^E: (.*)$/gm)].map(([, text = ""]) => text);
  if (errors.length === 0) return undefined;
  const useful = errors.filter((text) => !/^(?:Unable to (?:acquire|lock)|Sub-process)/.test(text));
  const said = [...new Set(useful.length > 0 ? useful : errors)].join("; ");
  return /^Unable to locate package/m.test(errors.join("\n"))
    ? `${said}: if the package lists are old, or not there, update_cache fetches them`
    : said;
}
