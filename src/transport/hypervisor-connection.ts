import { homedir, userInfo } from "node:os";
import { localShell } from "./local-shell.js";
import type { Shell } from "./shell.js";
import { readSshConfig } from "./ssh/ssh-config-file.js";
import { type SshHost, sshTarget } from "./ssh/ssh-options.js";
import { connectSsh } from "./ssh/ssh-shell.js";
import type { SshTarget } from "./ssh/ssh-target.js";

/** A hypervisor as the inventory names it. */
export interface HypervisorHost extends SshHost {
  readonly connection: "ssh" | "local";
}

interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** The user's home, with .ssh in it. */
  readonly home?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The door to a hypervisor: this machine, or another by SSH with the user's ssh_config, agent, keys and known_hosts.
 * @throws HypervisorError when it cannot be reached, ConfigError for an ssh_config that farm cannot follow.
 */
export async function connectHypervisor(host: HypervisorHost, options: ConnectOptions): Promise<Shell> {
  const { signal, home = homedir(), env } = options;
  if (host.connection === "local") return localShell({ name: host.name, home, env });
  return connectSsh({ ...hypervisorTarget(host, home, env), signal });
}

/** Where a hypervisor is and how to log in, by the user's own OpenSSH configuration. @throws ConfigError where farm cannot follow it */
export const hypervisorTarget = (
  host: HypervisorHost,
  home: string = homedir(),
  env: ConnectOptions["env"] = process.env,
): SshTarget => sshTarget(host, { home, name: userInfo().username, env, config: readSshConfig(home) });
