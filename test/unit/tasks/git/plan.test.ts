import { describe, expect, it } from "vitest";
import { type GitWanted, planGit } from "../../../../src/tasks/git/plan.js";
import { type GitState, parseGitState } from "../../../../src/tasks/git/state.js";

const [A, B] = ["a".repeat(40), "b".repeat(40)];
const WANTED: GitWanted = {
  version: "HEAD",
  bare: false,
  recursive: true,
  track: false,
  force: false,
  update: true,
  clone: true,
};
const HERE: GitState = {
  present: true,
  before: A,
  branch: "main",
  defaultBranch: "main",
  remoteUrl: "u",
  local: undefined,
  modified: false,
  submodules: new Set(),
  submoduleBehind: false,
  stale: false,
  repo: "u",
  refs: new Map([
    ["HEAD", A],
    ["refs/heads/main", A],
    ["refs/heads/next", A],
    ["refs/heads/both", A],
    ["refs/tags/both", B],
  ]),
  remoteBranch: "main",
};
const plan = (state: Partial<GitState>, wanted: Partial<GitWanted> = {}) =>
  planGit({ ...HERE, ...state }, { ...WANTED, ...wanted });

describe("planGit", () => {
  it.each<[string, Partial<GitState>, Partial<GitWanted>, string]>([
    ["the commit is there", {}, {}, "nothing"],
    ["HEAD, and no branch is checked out", { branch: undefined }, {}, "update"],
    ["HEAD, and the remote no longer has the branch", { branch: "gone" }, {}, "refuse"],
    ["another branch of the same commit", {}, { version: "next" }, "update"],
    ["the same commit without a branch", { branch: undefined }, { version: A }, "nothing"],
    ["a commit known here by its beginning", { local: A }, { version: A.slice(0, 8) }, "nothing"],
    ["a commit not known yet", {}, { version: B.slice(0, 8) }, "update"],
    ["a name that nobody knows", {}, { version: "nobody" }, "refuse"],
    ["a name that a refspec makes", {}, { version: "made", refspec: "+a:b" }, "update"],
    ["a missing submodule", { submodules: new Set(["-"]) }, {}, "update"],
    [
      "a missing submodule that nobody wants",
      { submodules: new Set(["-"]) },
      { recursive: false },
      "nothing",
    ],
    ["a submodule ahead, which tracking makes", { submodules: new Set(["+"]) }, { track: true }, "nothing"],
    ["a submodule behind its branch", { submoduleBehind: true }, { track: true }, "update"],
    ["an old branch of a bare repository", { stale: true }, { bare: true }, "update"],
    ["a bare repository as it shall be", { branch: undefined }, { bare: true }, "nothing"],
    ["nothing there, and no clone wanted", { present: false }, { clone: false }, "nothing"],
    ["an empty remote", { before: undefined, refs: new Map() }, {}, "nothing"],
    ["changes, but no update wanted", { modified: true }, { update: false }, "nothing"],
  ])("%s", (_what, state, wanted, expected) => {
    expect(plan(state, wanted).do).toBe(expected);
  });

  it("takes a branch before a tag of the same name", () => {
    expect(plan({}, { version: "both" })).toMatchObject({ target: { kind: "branch", commit: A } });
  });
});

describe("parseGitState", () => {
  it("takes no harm from nonsense", () => {
    const state = parseGitState(
      "before ../../etc\nref x\nref \t\nmodified\npresent maybe\nsubmodule\n\0\n tracked\ntracked a b\n",
    );
    expect(state).toMatchObject({
      present: false,
      before: undefined,
      modified: false,
      submoduleBehind: false,
    });
    expect(state.refs.size).toBe(0);
  });

  it("reads the remote's branch and the tag's commit", () => {
    const state = parseGitState(`ref ref: refs/heads/a/b\tHEAD\nref ${A}\tHEAD\nref ${B}\trefs/tags/v1^{}\n`);
    expect(state.remoteBranch).toBe("a/b");
    expect(state.refs.get("refs/tags/v1^{}")).toBe(B);
  });
});
