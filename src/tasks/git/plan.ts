import { type GitState, isSha } from "./state.js";

export interface GitWanted {
  readonly version: string;
  readonly bare: boolean;
  readonly recursive: boolean;
  readonly track: boolean;
  readonly force: boolean;
  readonly update: boolean;
  readonly clone: boolean;
  readonly refspec?: string | undefined;
}

/** What `version` is on the remote. */
export interface GitTarget {
  /** none: what a clone checks out by itself; other: a commit, or a name that a refspec makes. */
  readonly kind: "branch" | "tag" | "other" | "none";
  readonly name: string;
  /** Undefined: known when it has been fetched. */
  readonly commit: string | undefined;
}

export type GitPlan =
  | { readonly do: "nothing"; readonly after: string | undefined }
  | { readonly do: "refuse"; readonly because: string }
  | { readonly do: "clone"; readonly target: GitTarget }
  | {
      readonly do: "update";
      readonly target: GitTarget;
      readonly reset: boolean;
      readonly urlChanged: boolean;
      readonly submodules: boolean;
    };

/** What brings the destination to what is wanted. */
export function planGit(state: GitState, wanted: GitWanted): GitPlan {
  if (state.present && !wanted.update) return { do: "nothing", after: state.before };
  if (state.present && state.before === undefined && state.refs.size === 0)
    return { do: "nothing", after: undefined };
  const target = findTarget(state, wanted);
  if (isMissing(target, wanted, state)) return { do: "refuse", because: unknown(wanted) };
  if (!state.present) return wanted.clone ? { do: "clone", target } : { do: "nothing", after: target.commit };
  if (state.modified && !wanted.force)
    return { do: "refuse", because: "Local modifications exist in the destination" };
  const urlChanged = state.repo !== undefined && state.remoteUrl !== state.repo;
  const submodules = wanted.recursive && !wanted.bare && submodulesDiffer(state, wanted);
  const there = wanted.bare ? !state.stale : isThere(state, target);
  if (there && !state.modified && !urlChanged && !submodules) return { do: "nothing", after: state.before };
  return { do: "update", target, reset: state.modified, urlChanged, submodules };
}

const unknown = ({ version }: GitWanted): string =>
  version === "HEAD"
    ? "the remote has no branch like the one that is checked out"
    : `'${version}' is no branch, tag or commit of the remote`;

/** A name that the remote does not have, and that nothing could bring; a commit may yet be fetched. */
function isMissing(
  { kind, commit }: GitTarget,
  { refspec, version }: GitWanted,
  { present }: GitState,
): boolean {
  if (commit !== undefined || refspec !== undefined) return false;
  if (version === "HEAD") return present;
  return kind === "branch" || !/^[0-9a-f]{4,64}$/.test(version);
}

/** What the version is, by what the remote says: a branch before a tag, as Ansible has it. */
export function findTarget(state: GitState, { version, refspec }: GitWanted): GitTarget {
  const { refs, local } = state;
  if (version === "HEAD") return headTarget(state);
  const head = refs.get(`refs/heads/${version}`);
  if (head !== undefined) return { kind: "branch", name: version, commit: head };
  const tag = refs.get(`refs/tags/${version}^{}`) ?? refs.get(`refs/tags/${version}`);
  if (tag !== undefined) return { kind: "tag", name: version, commit: tag };
  const named = refs.get(version);
  const known = refspec === undefined ? local : undefined;
  return { kind: "other", name: named ?? version, commit: isSha(version) ? version : (named ?? known) };
}

/** The branch that is checked out, else the remote's. */
function headTarget({ present, branch, defaultBranch, remoteBranch, refs }: GitState): GitTarget {
  if (!present) return { kind: "none", name: remoteBranch ?? "", commit: refs.get("HEAD") };
  const name = branch ?? defaultBranch ?? remoteBranch;
  if (name === undefined) return { kind: "none", name: "", commit: refs.get("HEAD") };
  return { kind: "branch", name, commit: refs.get(`refs/heads/${name}`) };
}

function isThere({ before, branch }: GitState, { kind, name, commit }: GitTarget): boolean {
  if (commit === undefined || before !== commit) return false;
  return kind !== "branch" || branch === name;
}

const submodulesDiffer = ({ submodules, submoduleBehind }: GitState, { track }: GitWanted): boolean =>
  track ? submodules.has("-") || submodules.has("U") || submoduleBehind : submodules.size > 0;
