import { z } from "zod";
import { CHANGE_SCRIPT, LOOK_SCRIPT } from "../git/git-script.js";
import { sshOptions, withoutSecret } from "../git/login.js";
import { type GitPlan, type GitTarget, planGit } from "../git/plan.js";
import { gitReason } from "../git/reason.js";
import { type GitState, isSha, parseGitState } from "../git/state.js";
import { bool, int, path, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { script } from "../remote/script.js";

const Args = z.strictObject({
  repo: text().describe("the repository's URL, or a path of the machine"),
  dest: path().optional().describe("the directory to check out into; needed unless clone is false"),
  version: text()
    .default("HEAD")
    .describe("a branch, a tag, a commit, or HEAD: the branch that is checked out"),
  remote: text().default("origin").describe("what the remote is called"),
  refspec: text().optional().describe("what to fetch as well, in git's form"),
  depth: int().optional().describe("how many commits of the history to get"),
  single_branch: bool().default(false).describe("clone the history of the version only"),
  recursive: bool().default(true).describe("check out submodules too"),
  track_submodules: bool().default(false).describe("submodules at the newest commit of their branch"),
  force: bool().default(false).describe("throw away changes of tracked files"),
  update: bool().default(true).describe("get newer commits when a clone is there"),
  clone: bool().default(true).describe("clone when nothing is there"),
  bare: bool().default(false).describe("a repository without a working tree"),
  reference: text().optional().describe("a repository of the machine to borrow objects from"),
  separate_git_dir: path().optional().describe("where a new clone keeps the repository itself"),
  accept_hostkey: bool().default(false).describe("take any host key of an SSH server"),
  accept_newhostkey: bool().default(false).describe("take the host key of an SSH server not yet known"),
  key_file: path().optional().describe("a private key of the machine"),
  ssh_opts: text().optional().describe("further options of ssh"),
  executable: path().default("git").describe("the git to run"),
  umask: text().optional().describe("the umask to work with, octal"),
});
type GitArgs = z.infer<typeof Args>;

/** A clone of a repository at a version. */
export const git: Module<GitArgs> = {
  name: "git",
  summary: "Checks out a git repository: a warm run asks the remote once, and fetches nothing.",
  args: Args,
  refuses: {
    verify_commit:
      "signatures of commits are not verified here: do it with `command: git verify-commit HEAD`",
    gpg_allowlist:
      "signatures of commits are not verified here: do it with `command: git verify-commit HEAD`",
    gpg_whitelist:
      "signatures of commits are not verified here: do it with `command: git verify-commit HEAD`",
    archive: "make it with `command: git archive`",
    archive_prefix: "make the archive with `command: git archive`",
  },
  aliases: { name: "repo" },
  differs: [
    "When the version is checked out already nothing is fetched, so that other branches of the clone stay as they are; a whole commit name that is checked out needs no network at all.",
    "Being on another branch of the same commit counts as a change; so does any branch or tag of a bare repository that is not as the remote's.",
    "A name and a password in an http URL are handed to git when it asks for them: they are not written into the clone.",
    "`clone: false` without a clone tells `after` and says that nothing changed.",
    "A clone is not moved to another separate_git_dir.",
  ],
  async run(args, context) {
    refuseOdd(args);
    const state = await look(args, context);
    const plan = planGit(state, { ...args, track: args.track_submodules });
    if (plan.do === "refuse")
      throw new ModuleFailure(`${plan.because}: ${args.dest} (repo ${withoutSecret(args.repo).url})`, {
        before: state.before ?? null,
        ...(state.modified && { hint: "force: true throws them away" }),
      });
    if (plan.do === "nothing") return nothing(plan.after, state);
    const after = (await change(args, plan, context)) ?? plan.target.commit ?? args.version;
    return changed(plan, state, after, args, context);
  },
};

function refuseOdd(args: GitArgs): void {
  if (args.dest === undefined && args.clone)
    throw new ModuleFailure("the destination directory must be specified unless clone=no");
  if (args.bare && args.separate_git_dir !== undefined)
    throw new ModuleFailure("parameters are mutually exclusive: separate_git_dir|bare");
  for (const name of ["repo", "version", "remote", "refspec"] as const)
    if (/^-|[\r\n\0]/.test(args[name] ?? ""))
      throw new ModuleFailure(`${name} must be one line that does not begin with '-'`);
  if (args.umask !== undefined && !/^[0-7]{1,4}$/.test(args.umask))
    throw new ModuleFailure("umask must be a quoted octal number, e.g. '022'");
}

async function look(args: GitArgs, context: ModuleContext): Promise<GitState> {
  const flags = [args.recursive, args.track_submodules, args.update].map((on) => (on ? "yes" : ""));
  const command = script(
    "git-look",
    LOOK_SCRIPT,
    [...start(args), ...flags, isSha(args.version) ? "yes" : ""],
    {
      stdin: secretInput(args),
      readOnly: true,
    },
  );
  const { code, stdout, stderr } = await context.ask(command);
  if (code === 0) return parseGitState(stdout);
  const at = withoutSecret(args.repo).url;
  throw new ModuleFailure(`cannot look at the repository ${at}: ${gitReason(stderr, code)}`, {
    rc: code,
    stderr,
  });
}

/** What both scripts take first. */
const start = (args: GitArgs): string[] => [
  args.executable,
  args.dest ?? "",
  args.version,
  args.remote,
  args.bare ? "bare" : "",
  args.umask ?? "",
  sshOptions(args),
];

function secretInput({ repo }: GitArgs): string {
  const { url, username, password } = withoutSecret(repo);
  return `${[url, username, password].join("\n")}\n`;
}

async function change(
  args: GitArgs,
  plan: Extract<GitPlan, { target: GitTarget }>,
  context: ModuleContext,
): Promise<string | undefined> {
  const { target } = plan;
  const yes = (on: boolean) => (on ? "yes" : "");
  const depth = usableDepth(args, target);
  const more = [
    plan.do,
    yes(plan.do === "update" && plan.reset),
    ...[target.kind, target.name, target.commit ?? ""],
    ...[yes(args.recursive), yes(args.track_submodules), yes(args.force)],
    depth === undefined ? "" : String(depth),
    args.refspec ?? "",
    ...(plan.do === "clone" ? cloneOptions(args, target, depth) : []),
  ];
  const command = script("git-change", CHANGE_SCRIPT, [...start(args), ...more], {
    stdin: secretInput(args),
  });
  const { code, stdout, stderr } = await context.act(command);
  const what = plan.do === "clone" ? "clone" : "update";
  if (code !== 0)
    throw new ModuleFailure(
      `cannot ${what} ${withoutSecret(args.repo).url} in ${args.dest} to ${args.version}: ${gitReason(stderr, code)}`,
      { rc: code, stdout, stderr },
    );
  return parseAfter(stdout);
}

const parseAfter = (stdout: string): string | undefined => /^after ([0-9a-f]{40,64})$/m.exec(stdout)?.[1];

/** Only what has a name can be fetched by itself. */
const usableDepth = ({ depth, refspec }: GitArgs, { kind }: GitTarget): number | undefined =>
  depth !== undefined && depth > 0 && (kind !== "other" || refspec !== undefined) ? depth : undefined;

function cloneOptions(args: GitArgs, { kind, name }: GitTarget, depth: number | undefined): string[] {
  const named = kind === "branch" || kind === "tag";
  return [
    ...(depth === undefined ? [] : ["--depth", String(depth)]),
    ...(named && !args.bare ? ["--branch", name] : []),
    ...(args.single_branch ? ["--single-branch"] : []),
    ...(args.reference === undefined ? [] : ["--reference", args.reference]),
    ...(args.separate_git_dir === undefined ? [] : ["--separate-git-dir", args.separate_git_dir]),
  ];
}

const nothing = (after: string | undefined, state: GitState): ModuleResult => ({
  changed: false,
  before: state.before ?? null,
  after: after ?? null,
  remote_url_changed: false,
});

function changed(
  plan: Extract<GitPlan, { target: GitTarget }>,
  state: GitState,
  after: string,
  args: GitArgs,
  { diff }: ModuleContext,
): ModuleResult {
  const { target } = plan;
  const before = state.before ?? null;
  const update = plan.do === "update" ? plan : undefined;
  const switched = !args.bare && target.kind === "branch" && state.branch !== target.name;
  const isChanged =
    !update ||
    update.reset ||
    update.urlChanged ||
    update.submodules ||
    switched ||
    args.bare ||
    before !== after;
  const ignored = args.depth !== undefined && target.kind === "other" && args.refspec === undefined;
  return {
    changed: isChanged,
    before,
    after,
    remote_url_changed: update?.urlChanged ?? false,
    ...(update?.submodules && { submodules_changed: true }),
    ...(update?.reset && { msg: `Local modifications exist in the destination: ${args.dest}` }),
    ...(ignored && {
      warnings: ["depth is ignored: only HEAD, branches and tags can be cloned without their history"],
    }),
    ...(diff &&
      before !== after && { diff: { before: before === null ? "" : `${before}\n`, after: `${after}\n` } }),
  };
}
