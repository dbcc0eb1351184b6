import { ModuleFailure } from "../module/failure.js";
import type { ModuleContext, ModuleResult } from "../module/module.js";
import { lastLine } from "../remote/status.js";
import { splitWords } from "../words.js";
import { missing } from "./package-manager.js";
import { type RpmChange, settleRpms } from "./rpm-transaction.js";

export const ZYPPER_STATES = ["present", "installed", "latest", "absent", "removed", "dist-upgrade"] as const;

interface ZypperWanted {
  readonly name: readonly string[];
  readonly state: (typeof ZYPPER_STATES)[number];
  readonly type: string;
  readonly update_cache: boolean;
  readonly upgrade: boolean;
  readonly disable_gpg_check: boolean;
  readonly disable_recommends: boolean;
  readonly force: boolean;
  readonly force_resolution: boolean;
  readonly oldpackage: boolean;
  readonly allow_vendor_change: boolean;
  readonly replacefiles: boolean;
  readonly clean_deps: boolean;
  readonly extra_args: string;
  readonly extra_args_precommand: string;
}

/** Packages by zypper. @throws ModuleFailure */
export async function settleZypper(args: ZypperWanted, context: ModuleContext): Promise<ModuleResult> {
  const all = args.state === "dist-upgrade" || (args.name.includes("*") && args.state === "latest");
  if (args.name.length === 0 && !args.update_cache && !args.upgrade && !all)
    throw new ModuleFailure("zypper needs name, update_cache or upgrade");
  const bad = args.name.find((name) => /^-/.test(name));
  if (bad !== undefined) throw new ModuleFailure(`'${bad}' is no name of a package`);
  if (args.update_cache) await refresh(args, context);
  const done = args.upgrade || all ? await settle(args, context, true) : undefined;
  if (all || args.name.length === 0)
    return done ?? { changed: false, rc: 0, msg: "package lists refreshed", results: [] };
  const rest = await settle(args, context, false);
  return { ...rest, changed: rest.changed || done?.changed === true };
}

async function refresh(args: ZypperWanted, context: ModuleContext): Promise<void> {
  const result = await context.act({ argv: [...beginning(args), "refresh"], env: { LC_ALL: "C" } });
  const { code, stdout, stderr } = result;
  if (code === 127) throw missing("zypper");
  if (code !== 0)
    throw new ModuleFailure(
      `cannot update the package lists: ${zypperError(result) ?? lastLine(stderr, code)}`,
      {
        rc: code,
        stdout,
        stderr,
      },
    );
}

const beginning = (args: ZypperWanted, ...more: string[]): [string, ...string[]] => [
  "zypper",
  "--non-interactive",
  ...more,
  ...splitWords(args.extra_args_precommand),
  ...(args.disable_gpg_check ? ["--no-gpg-checks"] : []),
];

function settle(args: ZypperWanted, context: ModuleContext, whole: boolean): Promise<ModuleResult> {
  const absent = args.state === "absent" || args.state === "removed";
  // rpm knows packages, and nothing of patterns, patches and products: zypper itself is to tell.
  const asks = whole || args.state === "latest" || args.type !== "package";
  const state = asks ? "latest" : absent ? "absent" : "present";
  const verb = whole
    ? args.state === "dist-upgrade"
      ? "dist-upgrade"
      : "update"
    : absent
      ? "remove"
      : "install";
  const argv = [verb, ...optionsOf(args, verb), ...splitWords(args.extra_args)];
  const [head, ...rest] = argv;
  return settleRpms(
    {
      program: "zypper",
      state,
      names: whole ? ["--"] : args.name,
      simulate: [...beginning(args, "--xmlout"), head ?? verb, "--dry-run", ...rest],
      act: [...beginning(args), ...argv],
      allowDowngrade: isOlder(args) || args.force || whole,
      parse: parseSummary,
      error: zypperError,
      ...(absent && { isIdle: (said: string) => /No provider of |is not installed/.test(said) }),
    },
    context,
  );
}

/** Who names a version means it, whatever is there. */
const isOlder = ({ oldpackage, name }: ZypperWanted): boolean =>
  oldpackage || name.some((each) => /[<>=]/.test(each) && !each.includes("/"));

function optionsOf(args: ZypperWanted, verb: string): string[] {
  const either = (flag: boolean, option: string) => (flag ? [option] : []);
  const type = args.type === "package" || verb === "dist-upgrade" ? [] : ["--type", args.type];
  if (verb === "remove") return [...type, ...either(args.clean_deps, "--clean-deps")];
  return [
    ...type,
    "--auto-agree-with-licenses",
    ...either(args.disable_recommends, "--no-recommends"),
    ...either(verb !== "dist-upgrade" && args.force_resolution, "--force-resolution"),
    ...either(verb === "install" && args.force, "--force"),
    ...either(verb === "install" && (isOlder(args) || args.force), "--oldpackage"),
    ...either(args.allow_vendor_change, "--allow-vendor-change"),
    ...either(args.replacefiles, "--replacefiles"),
  ];
}

/** The summary of `--xmlout`: a list a kind of change. */
export function parseSummary(stdout: string): RpmChange[] {
  const changes: RpmChange[] = [];
  for (const [, kind = "", list = ""] of stdout.matchAll(/<to-([a-z-]+)>([\s\S]*?)<\/to-\1>/g)) {
    if (!/^(?:install|upgrade|downgrade|reinstall|remove|change-arch|change-vendor)$/.test(kind)) continue;
    for (const [, attributes = ""] of list.matchAll(/<solvable ([^>]*)>/g)) {
      const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
      changes.push({
        verb: kind === "remove" ? "Removed" : "Installed",
        name: `${of("name")}-${of("edition")}.${of("arch")}`,
        isDowngrade: kind === "downgrade",
      });
    }
  }
  return changes;
}

/** Sentences that only say that there was an error. */
const HOLLOW = /^(?:Please see the above error|Problem occurred during|History:| - '|Abort, retry|$)/;

/** What zypper says went wrong, in its XML or plainly. */
export function zypperError({ stdout, stderr }: { stdout: string; stderr: string }): string | undefined {
  const marked = [...stdout.matchAll(/<message type="error">([\s\S]*?)<\/message>/g)].map(
    ([, one = ""]) => one,
  );
  const plain = stdout
    .split("\n")
    .filter((line) => /^(?:No provider of |System management is |Problem: )/.test(line));
  const said = [...marked, ...stderr.split("\n"), ...plain]
    .map((line) =>
      line
        .replace(/&apos;/g, "'")
        .replace(/&quot;/g, '"')
        .replace(/\s+/g, " ")
        .trim(),
    )
    .filter((line) => !HOLLOW.test(line));
  const missing = /No provider of '[^']*' found\.|Package '[^']*' not found\./.exec(
    stdout.replace(/&apos;/g, "'"),
  );
  const lines = [...new Set([...said, ...(missing ?? [])])];
  return lines.length === 0 ? undefined : lines.slice(0, 4).join("; ");
}
