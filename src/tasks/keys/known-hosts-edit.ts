import { createHmac } from "node:crypto";
import { type KnownHost, knownKeyTypes, parseKnownHosts } from "../../transport/ssh/known-hosts.js";
import { ModuleFailure } from "../module/failure.js";

export interface KnownHostWanted {
  /** The host as ssh looks it up: `[host]:port` for another port. */
  readonly name: string;
  /** Lines of a known_hosts file; undefined only for absent: all keys of the host. */
  readonly key: string | undefined;
  readonly state: "absent" | "present";
  /** Makes the salt of a hashed name; undefined: names are written plainly. */
  readonly salt: (() => Buffer) | undefined;
}

/** A known_hosts file with a host's keys in it or out of it; the very same text when it is so already. @throws ModuleFailure */
export function editKnownHosts(text: string, wanted: KnownHostWanted): string {
  const name = wanted.name.toLowerCase();
  if (/[,\s]/.test(name))
    throw new ModuleFailure(
      "Comma separated list of names is not supported. Please pass a single name to lookup in the known_hosts file.",
    );
  if (wanted.key === undefined) {
    if (wanted.state === "present") throw new ModuleFailure("No key specified when adding a host");
    return without(text, removable(text, name));
  }
  return givenKeys(wanted.key, name).reduce(
    (edited, key) =>
      wanted.state === "present"
        ? withKey(edited, key, name, wanted)
        : without(edited, same(edited, key, name)),
    text,
  );
}

/** A line that the user gave, as it was given. */
interface GivenKey extends KnownHost {
  readonly text: string;
}

/** What is to be added or removed: must be about the host, as a mistake would lock nobody out and let nobody in. */
function givenKeys(text: string, name: string): GivenKey[] {
  const keys = parseKnownHosts(text, "key");
  if (keys.length === 0)
    throw new ModuleFailure("key is no line of a known_hosts file: 'HOST TYPE KEY', the host first");
  if (!keys.every((key) => isOf(key, name)))
    throw new ModuleFailure(
      `Host parameter does not match hashed host field in supplied key: it is not of ${name}`,
    );
  const lines = text.split("\n");
  return keys.map((key) => ({ ...key, text: lines[key.line - 1]?.trim() ?? "" }));
}

const isOf = (line: KnownHost, name: string): boolean =>
  knownKeyTypes([{ ...line, marker: undefined }], [name]).length > 0;

const ofHost = (text: string, name: string): KnownHost[] =>
  parseKnownHosts(text, "").filter((line) => isOf(line, name));

/** As `ssh-keygen -R`: patterns and authorities may be of other hosts too. */
const removable = (text: string, name: string): KnownHost[] =>
  ofHost(text, name).filter(({ marker, hosts }) => marker === undefined && !/[*?!]/.test(hosts));

const same = (text: string, key: KnownHost, name: string): KnownHost[] =>
  ofHost(text, name).filter((line) => line.key.equals(key.key) && line.marker === key.marker);

/** One key of each type: another of the same type is replaced. */
function withKey(text: string, key: GivenKey, name: string, { salt }: KnownHostWanted): string {
  const known = ofHost(text, name);
  const hashed = salt !== undefined || key.hosts.startsWith("|1|");
  const fits = (line: KnownHost) => (hashed ? line.hosts.startsWith("|1|") : line.hosts === key.hosts);
  const first = known.find((line) => line.keyType === key.keyType);
  if (known.some((line) => line.key.equals(key.key) && line.marker === key.marker && fits(line))) return text;
  const rest = first ? without(text, [first]) : text;
  const end = rest === "" || rest.endsWith("\n") ? "" : "\n";
  return `${rest}${end}${salt && !key.hosts.startsWith("|1|") ? hashedLine(key, name, salt()) : key.text}\n`;
}

/** The line with a hash for its hosts; the comment stays. */
function hashedLine({ marker, text }: GivenKey, name: string, salt: Buffer): string {
  const words = text.split(/\s+/);
  return words.with(marker === undefined ? 0 : 1, hashedName(name, salt)).join(" ");
}

function hashedName(name: string, salt: Buffer): string {
  const hash = createHmac("sha1", salt).update(name).digest("base64");
  return `|1|${salt.toString("base64")}|${hash}`;
}

function without(text: string, lines: readonly KnownHost[]): string {
  const numbers = new Set(lines.map(({ line }) => line));
  if (numbers.size === 0) return text;
  return text
    .split(/(?<=\n)/)
    .filter((_line, index) => !numbers.has(index + 1))
    .join("");
}
