import { join } from "node:path";
import { ConfigError } from "../../errors.js";
import type { HostKeyPolicy } from "./host-key.js";
import type { SshDirective } from "./ssh-config-file.js";
import { type SshSettings, settingsFor } from "./ssh-settings.js";
import type { SshAuth, SshTarget } from "./ssh-target.js";

/** What the inventory says about a hypervisor; it wins over ssh_config, as ssh's command line does. */
export interface SshHost {
  /** The inventory's name. */
  readonly name: string;
  /** ansible_host: a host name, address, or an alias of ssh_config. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  readonly connectTimeoutMs?: number | undefined;
}

/** Who asks, and what their configuration files say. */
export interface SshUser {
  readonly home: string;
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: readonly SshDirective[];
}

const MOST_JUMPS = 8;

/** ssh's order; those that ssh2 has no notion of are left out. */
const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];

/**
 * All that is needed to connect, from the inventory, then ssh_config, then ssh's defaults.
 * @throws ConfigError for what ssh_config asks and farm cannot do.
 */
export function sshTarget(host: SshHost, user: SshUser, depth = 0): SshTarget {
  const alias = host.host ?? host.name;
  const settings = settingsFor(user.config, { name: alias, user: host.user, localUser: user.name });
  const one = (keyword: string): string | undefined => settings.first[keyword]?.[0];
  refuseUnsupported(alias, one);
  const hostName = (one("hostname") ?? alias).replaceAll("%h", alias).replaceAll("%%", "%");
  const port = host.port ?? numberOf("Port", one("port"), alias) ?? 22;
  const login = one("user") ?? user.name;
  const expand = expander(
    { h: hostName, n: alias, p: String(port), r: login, u: user.name, d: user.home },
    user,
  );
  const timeout = numberOf("ConnectTimeout", one("connecttimeout"), alias);
  return {
    name: host.name,
    host: hostName,
    port,
    user: login,
    auth: authOf(host, settings, user, expand),
    hostKey: hostKeyOf(settings, user, expand),
    jumps: jumpsOf(one("proxyjump"), alias, user, depth),
    readyTimeoutMs: host.connectTimeoutMs ?? (timeout === undefined ? undefined : timeout * 1000),
  };
}

type One = (keyword: string) => string | undefined;
type Expand = (path: string) => string;

function refuseUnsupported(alias: string, one: One): void {
  const command = one("proxycommand");
  if (command !== undefined && command !== "none" && one("proxyjump") === undefined) {
    const hint = "use ProxyJump, which is supported";
    throw new ConfigError(`ssh_config gives '${alias}' a ProxyCommand, which farm does not run`, { hint });
  }
  if (/^(yes|always)$/i.test(one("canonicalizehostname") ?? "no")) {
    const hint = "give the host a HostName of its own";
    throw new ConfigError(`ssh_config says CanonicalizeHostname for '${alias}', which farm does not do`, {
      hint,
    });
  }
}

function authOf(host: SshHost, settings: SshSettings, user: SshUser, expand: Expand): SshAuth {
  const { first, identityFiles } = settings;
  const configured = identityFiles.filter((file) => file !== "none");
  const named = [...(host.privateKeyFile ? [host.privateKeyFile] : []), ...configured].map(expand);
  const defaults = identityFiles.length > 0 || host.privateKeyFile ? [] : DEFAULT_KEYS;
  const certificates = first["certificatefile"] ? ["CertificateFile of ssh_config: not supported"] : [];
  return {
    keyFiles: named,
    defaultKeyFiles: defaults.map((name) => join(user.home, ".ssh", name)),
    agent: agentOf(first["identityagent"]?.[0], user, expand),
    identitiesOnly: /^yes$/i.test(first["identitiesonly"]?.[0] ?? "no"),
    notes: certificates,
  };
}

function agentOf(said: string | undefined, { env }: SshUser, expand: Expand): string | undefined {
  if (said === undefined || said === "SSH_AUTH_SOCK") return env["SSH_AUTH_SOCK"] || undefined;
  if (said === "none") return undefined;
  return said.startsWith("$") && !said.startsWith("${") ? env[said.slice(1)] : expand(said);
}

function hostKeyOf({ first }: SshSettings, { home }: SshUser, expand: Expand): HostKeyPolicy {
  const ours = first["userknownhostsfile"] ?? [
    join(home, ".ssh/known_hosts"),
    join(home, ".ssh/known_hosts2"),
  ];
  const global = first["globalknownhostsfile"] ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
  const said = first["stricthostkeychecking"]?.[0]?.toLowerCase();
  return {
    kind: "known_hosts",
    files: [...ours, ...global].filter((file) => file !== "none").map(expand),
    // "ask" cannot be asked here: a farm runs unattended.
    strict: said === "accept-new" ? "accept-new" : said === "no" || said === "off" ? "no" : "yes",
    alias: first["hostkeyalias"]?.[0],
  };
}

/** `[user@]host[:port]`, with commas; the first one may have a way of its own. */
function jumpsOf(said: string | undefined, alias: string, user: SshUser, depth: number): SshTarget[] {
  if (said === undefined || said.toLowerCase() === "none") return [];
  if (depth >= MOST_JUMPS)
    throw new ConfigError(`ssh_config: the ProxyJump of '${alias}' leads to itself or too far`);
  return said.split(",").flatMap((text, index) => {
    const jump = sshTarget(parseJump(text.trim(), alias), user, depth + 1);
    return [...(index === 0 ? (jump.jumps ?? []) : []), { ...jump, jumps: [] }];
  });
}

function parseJump(text: string, alias: string): SshHost {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?\/?$/.exec(text) ?? [];
  const name = bracketed ?? plain;
  if (name === undefined)
    throw new ConfigError(`ssh_config: '${text}', a ProxyJump of '${alias}', is not [user@]host[:port]`);
  return { name, user, port: numberOf("ProxyJump's port", port, alias) };
}

function numberOf(keyword: string, text: string | undefined, alias: string): number | undefined {
  if (text === undefined || text === "none") return undefined;
  if (!/^\d{1,5}$/.test(text))
    throw new ConfigError(`ssh_config: ${keyword} of '${alias}' is not a number: '${text}'`);
  return Number(text);
}

/** ssh_config's TOKENS, ${VARIABLES} and `~`. */
function expander(tokens: Readonly<Record<string, string>>, { home, env }: SshUser): Expand {
  return (path) =>
    path
      .replace(/^~(?=\/|$)/, home)
      .replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? "")
      .replace(/%(.)/g, (whole, letter: string) => {
        if (letter === "%") return "%";
        const value = tokens[letter];
        if (value === undefined) throw new ConfigError(`ssh_config: ${whole} in '${path}' is not supported`);
        return value;
      });
}
