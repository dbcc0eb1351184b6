/** What is at the destination, and what the remote has. */
export interface GitState {
  readonly present: boolean;
  /** The commit that is checked out; undefined in an empty repository. */
  readonly before: string | undefined;
  /** The branch that is checked out. */
  readonly branch: string | undefined;
  /** The branch that the remote's HEAD was when it was cloned. */
  readonly defaultBranch: string | undefined;
  readonly remoteUrl: string | undefined;
  /** What `version` is here. */
  readonly local: string | undefined;
  /** Tracked files differ from what was checked out. */
  readonly modified: boolean;
  /** Submodules that are missing (`-`), at another commit (`+`) or in conflict (`U`). */
  readonly submodules: ReadonlySet<string>;
  /** A submodule's own branch has another commit than is checked out. */
  readonly submoduleBehind: boolean;
  /** Of a bare repository: a branch or tag is not as the remote's. */
  readonly stale: boolean;
  /** The URL as git is given it. */
  readonly repo: string | undefined;
  /** By full name, e.g. `refs/heads/main`; a tag's commit is at its name with `^{}`. */
  readonly refs: ReadonlyMap<string, string>;
  /** The branch that the remote's HEAD is. */
  readonly remoteBranch: string | undefined;
}

const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** What the look script printed. */
export function parseGitState(stdout: string): GitState {
  const lines = stdout.split("\n").map((line) => {
    const end = line.indexOf(" ");
    return end < 0 ? ([line, ""] as const) : ([line.slice(0, end), line.slice(end + 1)] as const);
  });
  const all = (name: string) => lines.filter(([each]) => each === name).map(([, value]) => value);
  const one = (name: string) => all(name).find((value) => value !== "");
  const sha = (name: string) => all(name).find((value) => SHA.test(value));
  const refs = all("ref").flatMap((line) => {
    const [value = "", name] = line.split("\t");
    return name !== undefined && SHA.test(value) ? [[name, value] as const] : [];
  });
  return {
    present: one("present") === "yes",
    before: sha("before"),
    branch: one("branch"),
    defaultBranch: one("default"),
    remoteUrl: one("url"),
    local: sha("local"),
    modified: one("modified") === "yes",
    submodules: new Set(all("submodule")),
    submoduleBehind: all("tracked").some((line) => {
      const [have, want] = line.split(" ");
      return want !== undefined && SHA.test(want) && want !== have;
    }),
    stale: one("stale") === "yes",
    repo: one("repo"),
    refs: new Map(refs),
    remoteBranch: all("ref").flatMap((line) => /^ref: refs\/heads\/(\S+)\tHEAD$/.exec(line)?.[1] ?? [])[0],
  };
}

/** Whether a version is a whole commit name. */
export const isSha = (version: string): boolean => SHA.test(version);
