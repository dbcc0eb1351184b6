import { homedir } from "node:os";
import { join } from "node:path";

/** `$XDG_STATE_HOME/farm`, by default `~/.local/state/farm`: logs of runs. */
export function stateDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const state = env["XDG_STATE_HOME"];
  const base = state?.startsWith("/") ? state : join(env["HOME"] || homedir(), ".local", "state");
  return join(base, "farm");
}
