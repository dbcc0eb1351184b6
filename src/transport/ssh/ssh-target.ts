import type { Duplex } from "node:stream";
import type { HostKeyPolicy } from "./host-key.js";

/** How to prove who we are; tried in this order: `keyFiles` the user named, agent, default key files, password. */
export interface SshAuth {
  /** Files that the inventory or ssh_config names; a missing or unreadable one is told when the login fails. */
  readonly keyFiles?: readonly string[] | undefined;
  /** Private keys in OpenSSH's or PEM's form, e.g. farm's own key of a project. */
  readonly keys?: readonly string[] | undefined;
  /** ssh's own, tried only where they exist. */
  readonly defaultKeyFiles?: readonly string[] | undefined;
  /** The socket of ssh-agent. */
  readonly agent?: string | undefined;
  /** Only those of the agent's keys that `keyFiles` name. */
  readonly identitiesOnly?: boolean | undefined;
  readonly password?: string | undefined;
  /** What the configuration asks and cannot be done; told when the login fails. */
  readonly notes?: readonly string[] | undefined;
}

/** A machine to connect to, with all that ssh_config and the inventory have to say already in it. */
export interface SshTarget {
  /** For messages. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: SshAuth;
  readonly hostKey: HostKeyPolicy;
  /** Already connected, e.g. through `connect` of a hypervisor's Shell; then `jumps` do not count. */
  readonly sock?: Duplex | undefined;
  /** Machines to go through, the first one first. */
  readonly jumps?: readonly SshTarget[] | undefined;
  /** From the first packet to the end of the login; default 20 s. */
  readonly readyTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
