import { ConfigError } from "../../errors.js";
import { matchesPattern } from "./known-hosts.js";
import type { SshCondition, SshDirective } from "./ssh-config-file.js";

/** What ssh_config says about one host that farm uses; keywords in lower case, the first value wins. */
export interface SshSettings {
  readonly first: Readonly<Record<string, readonly string[]>>;
  /** All of them, in order. */
  readonly identityFiles: readonly string[];
}

interface Asked {
  /** The name looked up, before HostName. */
  readonly name: string;
  /** From the inventory, when it says so. */
  readonly user: string | undefined;
  readonly localUser: string;
}

const USED = new Set([
  "hostname",
  "port",
  "user",
  "identityfile",
  "identitiesonly",
  "identityagent",
  "certificatefile",
  "proxyjump",
  "proxycommand",
  "userknownhostsfile",
  "globalknownhostsfile",
  "stricthostkeychecking",
  "hostkeyalias",
  "connecttimeout",
  "canonicalizehostname",
]);

/**
 * Goes through the directives as ssh does.
 * @throws ConfigError where a Match that farm cannot evaluate decides about a value that it needs.
 */
export function settingsFor(directives: readonly SshDirective[], asked: Asked): SshSettings {
  const first: Record<string, readonly string[]> = asked.user === undefined ? {} : { user: [asked.user] };
  const identityFiles: string[] = [];
  for (const directive of directives) {
    const { keyword, values } = directive;
    if (!USED.has(keyword) || (keyword !== "identityfile" && keyword in first)) continue;
    if (!directive.conditions.every((each) => applies(each, asked, first, directive))) continue;
    if (keyword === "identityfile") identityFiles.push(...values);
    else first[keyword] = values;
  }
  return { first, identityFiles };
}

function applies(
  condition: SshCondition,
  asked: Asked,
  first: Readonly<Record<string, readonly string[]>>,
  directive: SshDirective,
): boolean {
  if (condition.kind === "host") return matchesList(condition.patterns, asked.name);
  const subjects: Readonly<Record<string, string>> = {
    host: first["hostname"]?.[0]?.replaceAll("%h", asked.name) ?? asked.name,
    originalhost: asked.name,
    user: first["user"]?.[0] ?? asked.localUser,
    localuser: asked.localUser,
  };
  const unknown: string[] = [];
  for (const [name, patterns] of Object.entries(condition.criteria)) {
    if (name === "all") continue;
    const plain = name.replace(/^!/, "");
    const subject = subjects[plain];
    if (subject === undefined) unknown.push(plain);
    else if (matchesList(patterns.split(","), subject) === name.startsWith("!")) return false;
  }
  if (unknown.length === 0) return true;
  throw new ConfigError(
    `${directive.file}: 'Match ${unknown.join(" ")}' decides about ${directive.keyword} of '${asked.name}', and farm does not evaluate it`,
    { hint: `give '${asked.name}' a Host block before it, or say it in the inventory` },
  );
}

/** A list of patterns; one that is negated and matches excludes, whatever the others say. */
function matchesList(patterns: readonly string[], text: string): boolean {
  const lower = text.toLowerCase();
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), lower);
  if (patterns.some((each) => each.startsWith("!") && matches(each.slice(1)))) return false;
  return patterns.some((each) => !each.startsWith("!") && matches(each));
}
