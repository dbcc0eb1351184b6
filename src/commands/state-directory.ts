import { homedir } from "node:os";
import { join } from "node:path";
import { projectDirectoryName } from "../naming.js";

type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/farm`, by default `~/.local/state/farm`: logs of runs. */
export function stateDirectory(env: Env): string {
  const state = env["XDG_STATE_HOME"];
  const base = state?.startsWith("/") ? state : join(env["HOME"] || homedir(), ".local", "state");
  return join(base, "farm");
}

/** Where the runs of all projects are. */
export const allRunsDirectory = (env: Env): string => join(stateDirectory(env), "runs");

/** Where the runs of one project are, a directory a run. */
export const runsDirectory = (projectId: string, env: Env = process.env): string =>
  join(allRunsDirectory(env), projectDirectoryName(projectId));
