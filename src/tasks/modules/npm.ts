import { z } from "zod";
import { settleToolPackages } from "../packages/tool-packages.js";
import { bool, path, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  name: text().optional().describe("a package; without one, those of package.json"),
  version: text().optional().describe("its version"),
  path: path().optional().describe("the directory that it is installed in"),
  global: bool().default(false).describe("for all users"),
  state: z.enum(["present", "latest", "absent"]).default("present").describe("what shall be of it"),
  production: bool().default(false).describe("without development dependencies"),
  ci: bool().default(false).describe("exactly what package-lock.json says"),
  ignore_scripts: bool().default(false).describe("run no scripts of packages"),
  registry: text().optional().describe("where packages come from"),
  executable: path().optional().describe("which npm"),
});

type Npm = z.infer<typeof Args>;

/** Packages of Node.js. */
export const npm: Module<Npm> = {
  name: "npm",
  summary: "Installs and removes packages of Node.js.",
  args: Args,
  differs: ["no_optional, no_bin_links, unsafe_perm and force are not there."],
  async run(args, context) {
    if (args.path === undefined && !args.global) throw new ModuleFailure("npm needs path, or global");
    const program = args.executable ?? "npm";
    const where = args.path !== undefined && !args.global ? { cwd: args.path } : {};
    return settleToolPackages(
      {
        tool: "npm",
        ask: {
          argv: [program, "list", "--json", "--depth=0", ...(args.global ? ["--global"] : [])],
          ...where,
        },
        isUnsettled: (_code, stdout) => isUnsettled(args, stdout),
        act: { argv: [program, ...verbOf(args)], ...where },
      },
      context,
    );
  },
};

/** What npm is told to do. */
function verbOf(args: Npm): string[] {
  const scope = args.global ? ["--global"] : [];
  const { name, version } = args;
  if (args.state === "absent") return ["uninstall", ...scope, ...(name === undefined ? [] : [name])];
  const tag = version ?? (args.state === "latest" ? "latest" : undefined);
  return [
    args.ci ? "ci" : "install",
    ...scope,
    ...(args.production ? ["--omit=dev"] : []),
    ...(args.ignore_scripts ? ["--ignore-scripts"] : []),
    ...(args.registry === undefined ? [] : ["--registry", args.registry]),
    ...(name === undefined ? [] : [tag === undefined ? name : `${name}@${tag}`]),
  ];
}

interface Listed {
  readonly dependencies?: Readonly<Record<string, { readonly version?: string; readonly missing?: boolean }>>;
  readonly problems?: readonly string[];
}

/** By the answer of `npm list --json`. */
export function isUnsettled(
  wanted: {
    readonly name?: string | undefined;
    readonly version?: string | undefined;
    readonly state: string;
    readonly ci: boolean;
  },
  stdout: string,
): boolean {
  const { dependencies = {}, problems = [] } = listed(stdout);
  if (wanted.state === "latest" || wanted.ci) return true;
  if (wanted.name === undefined)
    return problems.length > 0 || Object.values(dependencies).some(({ missing }) => missing);
  const there = dependencies[wanted.name];
  const installed = there !== undefined && !there.missing;
  if (wanted.state === "absent") return installed;
  return !installed || (wanted.version !== undefined && there.version !== wanted.version);
}

function listed(stdout: string): Listed {
  try {
    const value: unknown = JSON.parse(stdout);
    return typeof value === "object" && value !== null ? (value as Listed) : {};
  } catch {
    // npm said something else: then nothing is known to be there.
    return {};
  }
}
