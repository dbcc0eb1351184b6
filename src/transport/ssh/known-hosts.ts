import { createHash, createHmac } from "node:crypto";

/** One line of a known_hosts file that holds a key. */
export interface KnownHost {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly marker: "cert-authority" | "revoked" | undefined;
  /** As written: a comma list of patterns, or one hashed name. */
  readonly hosts: string;
  readonly keyType: string;
  readonly key: Buffer;
}

export type HostKeyVerdict =
  | { readonly kind: "known" }
  /** `authority`: a certificate authority is known for the host, but no key of its own. */
  | { readonly kind: "unknown"; readonly authority: KnownHost | undefined }
  /** The host is known by another key, of the same type or of others only. */
  | { readonly kind: "changed"; readonly known: KnownHost }
  | { readonly kind: "revoked"; readonly known: KnownHost };

/** The key lines of a file in sshd(8)'s SSH_KNOWN_HOSTS FILE FORMAT; what is no such line is skipped, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split("\n").flatMap((raw, index) => {
    const words = raw.trim().split(/[ \t]+/);
    if (words[0] === undefined || words[0] === "" || words[0].startsWith("#")) return [];
    const marked = words[0].startsWith("@");
    const marker = marked ? words[0].slice(1) : undefined;
    if (marker !== undefined && marker !== "cert-authority" && marker !== "revoked") return [];
    const [hosts, keyType, key] = marked ? words.slice(1) : words;
    if (hosts === undefined || keyType === undefined || key === undefined) return [];
    return [{ file, line: index + 1, marker, hosts, keyType, key: Buffer.from(key, "base64") }];
  });
}

/** The name that known_hosts has for a host: `[host]:port` unless the port is 22. */
export const knownHostName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/**
 * What the files say about a key. `names`: what the host is looked up by, the first that knows the key wins; ssh also takes the
 * plain name for a host at another port.
 */
export function checkHostKey(
  known: readonly KnownHost[],
  names: readonly string[],
  key: Buffer,
): HostKeyVerdict {
  const [name] = names;
  const lines = known.filter((line) => names.some((each) => matchesHost(line.hosts, each)));
  const revoked = lines.find((line) => line.marker === "revoked" && line.key.equals(key));
  if (revoked) return { kind: "revoked", known: revoked };
  const keys = lines.filter((line) => line.marker === undefined);
  if (keys.some((line) => line.key.equals(key))) return { kind: "known" };
  const ofName = keys.filter((line) => name !== undefined && matchesHost(line.hosts, name));
  const changed = ofName.find((line) => line.keyType === keyTypeOf(key)) ?? ofName[0];
  if (changed) return { kind: "changed", known: changed };
  return { kind: "unknown", authority: lines.find((line) => line.marker === "cert-authority") };
}

/** The types of the keys known for a host, to be asked for first. */
export function knownKeyTypes(known: readonly KnownHost[], names: readonly string[]): string[] {
  const lines = known.filter(
    ({ marker, hosts }) => !marker && names.some((name) => matchesHost(hosts, name)),
  );
  return [...new Set(lines.map(({ keyType }) => keyType))];
}

/** ssh's own form: `SHA256:` and base64 without padding. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** The type that a public key's bytes begin with, e.g. `ssh-ed25519`. */
export function keyTypeOf(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  return key.subarray(4, 4 + Math.min(length, 64)).toString("latin1");
}

function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith("|1|")) return matchesHashed(hosts, name);
  const patterns = hosts.toLowerCase().split(",");
  const negated = patterns.some((each) => each.startsWith("!") && matchesPattern(each.slice(1), name));
  return !negated && patterns.some((each) => !each.startsWith("!") && matchesPattern(each, name));
}

function matchesHashed(hosts: string, name: string): boolean {
  const [, , salt, hash] = hosts.split("|");
  if (salt === undefined || hash === undefined) return false;
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

/** ssh's patterns: `*` is any text, `?` any one character. */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
