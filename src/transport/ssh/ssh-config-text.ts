import { ConfigError } from "../../errors.js";
import type { SshTarget } from "./ssh-target.js";

/** One `Host` block; undefined values are left to ssh's defaults. */
export interface SshConfigBlock {
  readonly alias: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** A socket, or `none`. */
  readonly identityAgent?: string | undefined;
  readonly knownHostsFiles: readonly string[];
  readonly strict: "yes" | "accept-new" | "no";
  readonly hostKeyAlias?: string | undefined;
  /** Aliases of blocks to go through, the first one first. */
  readonly jumps: readonly string[];
}

/** A word of ssh_config(5). @param tokens whether ssh expands %-tokens in it @throws ConfigError for what it cannot say */
function word(text: string, tokens = false): string {
  if (/[\n\r\0]/.test(text))
    throw new ConfigError(`an ssh_config cannot say ${JSON.stringify(text)}: it has a line end in it`);
  if (tokens && text.includes("${"))
    throw new ConfigError(`an ssh_config cannot say '${text}': ssh would look for a variable in it`);
  const escaped = tokens ? text.replaceAll("%", "%%") : text;
  return /^[A-Za-z0-9_@%+:,./~-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, "\\$&")}"`;
}

/** Text that OpenSSH reads, one block after the other. @throws ConfigError */
export const sshConfigText = (blocks: readonly SshConfigBlock[]): string => blocks.map(blockText).join("\n");

function blockText(block: SshConfigBlock): string {
  const { alias, hostName, port, user, identityFiles, knownHostsFiles, hostKeyAlias, jumps } = block;
  const files = (names: readonly string[]) => names.map((name) => word(name, true)).join(" ");
  const lines = [
    ["HostName", word(hostName, true)],
    ["Port", `${port}`],
    ["User", word(user)],
    ...identityFiles.map((file) => ["IdentityFile", files([file])]),
    ...(block.identitiesOnly ? [["IdentitiesOnly", "yes"]] : []),
    ...(block.identityAgent === undefined ? [] : [["IdentityAgent", files([block.identityAgent])]]),
    ...(knownHostsFiles.length > 0 ? [["UserKnownHostsFile", files(knownHostsFiles)]] : []),
    ["StrictHostKeyChecking", block.strict],
    ...(hostKeyAlias === undefined ? [] : [["HostKeyAlias", word(hostKeyAlias)]]),
    ...(jumps.length > 0 ? [["ProxyJump", jumps.map((jump) => word(jump)).join(",")]] : []),
  ];
  return [`Host ${word(alias)}`, ...lines.map((line) => `  ${line.join(" ")}`), ""].join("\n");
}

/** The name of a machine on the way, which is no name of a VM. */
export const wayAlias = (name: string, jump?: number): string =>
  `${name.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}${jump === undefined ? "" : `-jump${jump + 1}`}.farm`;

/** The blocks of a hypervisor and of the machines before it. @param agent that ssh would use unasked */
export function wayBlocks(target: SshTarget, agent: string | undefined): SshConfigBlock[] {
  const jumps = target.jumps ?? [];
  const aliases = jumps.map((_jump, index) => wayAlias(target.name, index));
  return [
    ...jumps.map((jump, index) => wayBlock(jump, aliases[index] ?? "", [], agent)),
    wayBlock(target, wayAlias(target.name), aliases, agent),
  ];
}

function wayBlock(
  { host, port, user, auth, hostKey }: SshTarget,
  alias: string,
  jumps: readonly string[],
  agent: string | undefined,
): SshConfigBlock {
  if (hostKey.kind !== "known_hosts") throw new ConfigError(`'${alias}' is not known by known_hosts`);
  return {
    alias,
    hostName: host,
    port,
    user,
    identityFiles: auth.keyFiles ?? [],
    identitiesOnly: auth.identitiesOnly ?? false,
    identityAgent: auth.agent === agent ? undefined : (auth.agent ?? "none"),
    knownHostsFiles: hostKey.files,
    strict: hostKey.strict,
    hostKeyAlias: hostKey.alias,
    jumps,
  };
}
